# SPDX-License-Identifier: MIT
#
# etch.mk: events for a Makefile. Set ETCH_FOLDERS to the folders that hold a
# file `trace-events`, relative to the Makefile, and include this file:
#
#   ETCH_FOLDERS = . net
#   include $(shell pkg-config --variable=makefile etch)
#
#   hello: hello.o $(ETCH_OBJECTS)
#           $(CC) $(LDFLAGS) -o $@ $^ $(ETCH_LIBS)
#
# Sources include "trace-G.h"; the group G is the folder with '_' for '/', and
# "root" for ".". To be set before: ETCH_OUT, where the code is generated (.);
# ETCH_GENFLAGS, options for etch gen (--backends=ctf). With the backend dtrace
# dtrace(1) makes an object of each group's probes, with ust LTTng is linked.
ETCH          ?= etch
ETCH_OUT      ?= .
ETCH_CPPFLAGS := $(shell pkg-config --cflags etch) -I$(ETCH_OUT)
ETCH_LIBS     := $(shell pkg-config --libs etch)

etch_goal     := $(.DEFAULT_GOAL)
etch_group     = $(if $(filter .,$(1)),root,$(subst -,_,$(subst .,_,$(subst /,_,$(1)))))
ETCH_HEADERS  := $(foreach f,$(ETCH_FOLDERS),$(ETCH_OUT)/trace-$(call etch_group,$(f)).h)
ETCH_OBJECTS  := $(ETCH_HEADERS:.h=.o)
ifneq ($(findstring dtrace,$(ETCH_GENFLAGS)),)
ETCH_OBJECTS  += $(ETCH_HEADERS:$(ETCH_OUT)/trace-%.h=$(ETCH_OUT)/trace-dtrace-%.o)
endif
ifneq ($(findstring ust,$(ETCH_GENFLAGS)),)
ETCH_CPPFLAGS += $(shell pkg-config --cflags lttng-ust)
ETCH_LIBS     += $(shell pkg-config --libs lttng-ust)
endif

# A header and its source are made together; the source depends on the header
# so that parallel makes run etch once.
define etch_rules
$(ETCH_OUT)/trace-$(call etch_group,$(1)).h: $(1)/trace-events
	$$(ETCH) gen --group=$(call etch_group,$(1)) $$(ETCH_GENFLAGS) -o $$(ETCH_OUT) $$<
	@touch $$@
$(ETCH_OUT)/trace-$(call etch_group,$(1)).c: $(ETCH_OUT)/trace-$(call etch_group,$(1)).h ;
$(ETCH_OUT)/trace-$(call etch_group,$(1)).o: $(ETCH_OUT)/trace-$(call etch_group,$(1)).c
$(ETCH_OUT)/trace-dtrace-$(call etch_group,$(1)).o: $(ETCH_OUT)/trace-$(call etch_group,$(1)).h
	dtrace -h -s $$(@:.o=.dtrace) -o $$(@:.o=.h)
	dtrace -G -s $$(@:.o=.dtrace) -o $$@
endef
$(foreach f,$(ETCH_FOLDERS),$(eval $(call etch_rules,$(f))))

# Every object may include a generated header.
CPPFLAGS += $(ETCH_CPPFLAGS)
%.o: %.c | $(ETCH_HEADERS)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
%.o: %.cc | $(ETCH_HEADERS)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c -o $@ $<
%.o: %.cpp | $(ETCH_HEADERS)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c -o $@ $<

.DEFAULT_GOAL := $(etch_goal)
