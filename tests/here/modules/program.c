/* SPDX-License-Identifier: MIT
 *
 * program.c: calls of etch() in two sources of C and two of C++, beside a
 * generated group, in a linked library and in one that is loaded. Obeys words on
 * stdin and answers "ok" to each: fire, load, unload.
 */
#include <dlfcn.h>
#include <etch/here.h>
#include <stdio.h>
#include <string.h>

#include "trace-modules.h"

void part_fire(void);
void cxx_one(void);
void cxx_two(void);
void library_fire(void);

int main(void)
{
    char word[32];
    void *plugin = NULL;
    while (fgets(word, sizeof(word), stdin) != NULL) {
        if (strcmp(word, "load\n") == 0) {
            plugin = dlopen("./plugin.so", RTLD_NOW);
            if (plugin == NULL)
                puts(dlerror());
        } else if (strcmp(word, "unload\n") == 0) {
            dlclose(plugin);
            plugin = NULL;
        } else {
            etch("same in=%s", "program");
            trace_generated(7);
            part_fire();
            cxx_one();
            cxx_two();
            library_fire();
            if (plugin != NULL) {
                void (*fire)(void);
                *(void **)&fire = dlsym(plugin, "plugin_fire");
                fire();
            }
        }
        puts("ok");
        fflush(stdout);
    }
}
