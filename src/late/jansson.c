/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#include <fwlint/late_jansson.h>

LATE_DEFINE(jansson, LATE_JANSSON, "libjansson.so.4")

#undef json_delete
void late_json_delete(json_t *json)
{
	late_now_jansson()->at_json_delete(json);
}

#undef json_object_update
int late_json_object_update(json_t *object, json_t *other)
{
	return late_now_jansson()->at_json_object_update(object, other);
}
