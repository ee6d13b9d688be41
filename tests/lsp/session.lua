-- SPDX-License-Identifier: GPL-2.0-or-later
-- neovim --headless -S session.lua FILE: shows what fwlint finds, applies the preferred code action, hovers.
local function check(ok, what)
  if not ok then
    io.stderr:write('no ' .. what .. '\n')
    vim.cmd('cquit 1')
  end
end

local function sync(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
end

vim.defer_fn(function()
  local id = vim.lsp.start_client({ name = 'fwlint', cmd = { vim.env.FWLINT, 'lsp' }, root_dir = vim.fn.getcwd() })
  vim.lsp.buf_attach_client(0, id)
  check(vim.wait(20000, function() return #vim.diagnostic.get(0) >= 2 end, 50), 'diagnostics')
  local found
  for _, d in ipairs(vim.diagnostic.get(0)) do
    io.stdout:write(('%d: %s\n'):format(d.lnum + 1, d.code or d.message))
    found = d.code == 'FW102' and d or found
  end
  check(found, 'FW102')
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  local hover = sync('textDocument/hover', vim.lsp.util.make_position_params())
  io.stdout:write(hover.contents.value .. '\n')
  local params = vim.lsp.util.make_range_params()
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0) }
  for _, action in ipairs(sync('textDocument/codeAction', params)) do
    if action.isPreferred then
      vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
      break
    end
  end
  check(vim.wait(20000, function()
    for _, d in ipairs(vim.diagnostic.get(0)) do
      if d.code == 'FW102' then
        return false
      end
    end
    return true
  end, 50), 'fix')
  vim.cmd('write')
  vim.cmd('qall!')
end, 100)
