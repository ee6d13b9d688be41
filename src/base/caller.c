/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fwlint/base.h>

#include <pthread.h>
#include <unistd.h>

static uint32_t uid;

static void remember(void)
{
	uid = geteuid();
}

uint32_t caller_uid(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, remember);
	return uid;
}
