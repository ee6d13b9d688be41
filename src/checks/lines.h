/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of the checks: LINES("a", "b") is "a\nb\n", for examples; what several say of kernel
 * versions. */
#ifndef CHECKS_LINES_H
#define CHECKS_LINES_H

#define LINES_1(a) a "\n"
#define LINES_2(a, ...) a "\n" LINES_1(__VA_ARGS__)
#define LINES_3(a, ...) a "\n" LINES_2(__VA_ARGS__)
#define LINES_4(a, ...) a "\n" LINES_3(__VA_ARGS__)
#define LINES_5(a, ...) a "\n" LINES_4(__VA_ARGS__)
#define LINES_6(a, ...) a "\n" LINES_5(__VA_ARGS__)
#define LINES_7(a, ...) a "\n" LINES_6(__VA_ARGS__)
#define LINES_8(a, ...) a "\n" LINES_7(__VA_ARGS__)
#define LINES_9(a, ...) a "\n" LINES_8(__VA_ARGS__)
#define LINES_10(a, ...) a "\n" LINES_9(__VA_ARGS__)
#define LINES_11(a, ...) a "\n" LINES_10(__VA_ARGS__)
#define LINES_12(a, ...) a "\n" LINES_11(__VA_ARGS__)
#define LINES_COUNT(a, b, c, d, e, f, g, h, i, j, k, l, n, ...) LINES_##n
#define LINES_PICK(...) LINES_COUNT(__VA_ARGS__)
#define LINES(...) LINES_PICK(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)

// clang-format off
#define INVALID_BY_VERSION \
	"Seen on Linux 6.18. Since 6.1 a segment that is merely late (below the window) is ignored by\n" \
	"connection tracking; before, it is INVALID too. Segments above the window, ACKs of data not\n" \
	"yet seen and bad flags are INVALID in all versions."
// clang-format on

#endif
