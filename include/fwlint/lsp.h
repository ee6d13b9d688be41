/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lsp: a language server (Language Server Protocol 3.17) for rulesets: diagnostics, code actions
 * and hover. It keeps the texts of the editor; each is linted in a child process, which can be
 * ended when the text has changed. What an editor sends is read and linted, never executed.
 */
#ifndef FWLINT_LSP_H
#define FWLINT_LSP_H

#include <fwlint/job.h>

struct lsp_options {
	/*
	 * The options for the file of this path, as its configuration says; called in a child
	 * process that ends soon. False: it has said why, on standard error.
	 */
	bool (*options_for)(void *context, const char *path, struct arena *a,
			    struct job_options *ret, enum severity *ret_shown);
	void *context;
};

/*
 * Serves one client until it says "exit", or is gone. NULL: it ended as the protocol says
 * ("shutdown" before "exit"); else why not.
 */
FW_CHECKED const char *lsp_serve(int in, int out, const struct lsp_options *o);

#endif
