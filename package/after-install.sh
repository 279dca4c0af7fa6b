#!/bin/sh
# SPDX-License-Identifier: MIT
# Tells the loader of the new library, where it looks at all.
set -eu
[ -z "${DESTDIR-}" ] && [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null || exit 0
case $MESON_INSTALL_PREFIX in
/usr | /usr/local) ldconfig ;;
esac
