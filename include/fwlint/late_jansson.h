/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by scripts/late.py. */
#ifndef FWLINT_LATE_JANSSON_H
#define FWLINT_LATE_JANSSON_H

#include <fwlint/late.h>

#define json_delete late_json_delete
#define json_object_update late_json_object_update
#include <jansson.h>

// clang-format off
#define LATE_JANSSON(X) \
	X(json_array) \
	X(json_array_append_new) \
	X(json_array_get) \
	X(json_array_size) \
	X(json_delete) \
	X(json_dump_callback) \
	X(json_dump_file) \
	X(json_dumps) \
	X(json_equal) \
	X(json_false) \
	X(json_integer) \
	X(json_integer_value) \
	X(json_load_file) \
	X(json_loadb) \
	X(json_null) \
	X(json_object) \
	X(json_object_del) \
	X(json_object_get) \
	X(json_object_iter) \
	X(json_object_iter_key) \
	X(json_object_iter_next) \
	X(json_object_iter_value) \
	X(json_object_key_to_iter) \
	X(json_object_set_new) \
	X(json_object_size) \
	X(json_object_update) \
	X(json_pack) \
	X(json_real) \
	X(json_string) \
	X(json_string_length) \
	X(json_string_value) \
	X(json_stringn) \
	X(json_true) \
	X(json_unpack)

LATE_DECLARE(jansson, LATE_JANSSON)

#define json_array (*late_now_jansson()->at_json_array)
#define json_array_append_new (*late_now_jansson()->at_json_array_append_new)
#define json_array_get (*late_now_jansson()->at_json_array_get)
#define json_array_size (*late_now_jansson()->at_json_array_size)
#define json_dump_callback (*late_now_jansson()->at_json_dump_callback)
#define json_dump_file (*late_now_jansson()->at_json_dump_file)
#define json_dumps (*late_now_jansson()->at_json_dumps)
#define json_equal (*late_now_jansson()->at_json_equal)
#define json_false (*late_now_jansson()->at_json_false)
#define json_integer (*late_now_jansson()->at_json_integer)
#define json_integer_value (*late_now_jansson()->at_json_integer_value)
#define json_load_file (*late_now_jansson()->at_json_load_file)
#define json_loadb (*late_now_jansson()->at_json_loadb)
#define json_null (*late_now_jansson()->at_json_null)
#define json_object (*late_now_jansson()->at_json_object)
#define json_object_del (*late_now_jansson()->at_json_object_del)
#define json_object_get (*late_now_jansson()->at_json_object_get)
#define json_object_iter (*late_now_jansson()->at_json_object_iter)
#define json_object_iter_key (*late_now_jansson()->at_json_object_iter_key)
#define json_object_iter_next (*late_now_jansson()->at_json_object_iter_next)
#define json_object_iter_value (*late_now_jansson()->at_json_object_iter_value)
#define json_object_key_to_iter (*late_now_jansson()->at_json_object_key_to_iter)
#define json_object_set_new (*late_now_jansson()->at_json_object_set_new)
#define json_object_size (*late_now_jansson()->at_json_object_size)
#define json_pack (*late_now_jansson()->at_json_pack)
#define json_real (*late_now_jansson()->at_json_real)
#define json_string (*late_now_jansson()->at_json_string)
#define json_string_length (*late_now_jansson()->at_json_string_length)
#define json_string_value (*late_now_jansson()->at_json_string_value)
#define json_stringn (*late_now_jansson()->at_json_stringn)
#define json_true (*late_now_jansson()->at_json_true)
#define json_unpack (*late_now_jansson()->at_json_unpack)
// clang-format on

#endif
