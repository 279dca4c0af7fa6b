/* SPDX-License-Identifier: MIT
 *
 * shared.hh: calls that are compiled in both sources: one event each place.
 */
#include <etch/here.h>

inline void common(int from)
{
    etch("common from=%d", from);
}

template <class T>
void typed(T value)
{
    etch("typed value=%d", static_cast<int>(value));
}

template <class T>
void kind_of(T *value)
{
    etch("kind at=%p", static_cast<void *>(value));
}

struct widget {
    int x = 5;
    void draw() const
    {
        auto inner = [this](int y) { etch("draw x=%d y=%d", x, y); };
        inner(6);
    }
};
