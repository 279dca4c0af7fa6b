/* SPDX-License-Identifier: MIT
 *
 * a_pool.h: a session with a pool of six packets and no drain, for tests that are it.
 */
#ifndef TESTS_UNIT_A_POOL_H
#define TESTS_UNIT_A_POOL_H

#include "runtime/pool.h"
#include "runtime/session.h"
#include "runtime/settings.h"
#include "runtime/sys.h"

static struct session *session;

static int pool_setup(void **state)
{
    (void)state;
    session = sys_mmap_anonymous(sizeof(*session));
    etch_settings.buffer = 6 * ETCH_POOL_PACKET_SIZE;
    etch_settings.policy = ETCH_POLICY_DROP;
    return session == NULL ? -1 : etch_pool_create(session);
}

static int pool_teardown(void **state)
{
    (void)state;
    if (session->pool_path[0] != '\0')
        sys_unlinkat(AT_FDCWD, session->pool_path);
    sys_close(session->pool_fd);
    return 0;
}

#endif
