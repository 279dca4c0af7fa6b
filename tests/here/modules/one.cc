/* SPDX-License-Identifier: MIT */
#include "shared.hh"

namespace
{
void hidden(int n)
{
    etch("hidden_one n=%d", n);
}
} // namespace

extern "C" void cxx_one()
{
    int i = 0;
    common(1);
    typed(1);
    typed(2.5);
    typed('a');
    kind_of(&i);
    widget{}.draw();
    hidden(3);
}
