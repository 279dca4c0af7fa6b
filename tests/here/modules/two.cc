/* SPDX-License-Identifier: MIT */
#include "shared.hh"

namespace
{
void hidden(int n)
{
    etch("hidden_two n=%d", n);
}
} // namespace

extern "C" void cxx_two()
{
    int i = 0;
    common(2);
    typed(1);
    typed(2.5);
    typed('a');
    kind_of(&i);
    widget{}.draw();
    hidden(3);
}
