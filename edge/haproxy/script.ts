import { word } from '../proxy/plan.ts';

/**
 * The action with which HAProxy asks the agent about a request, for rules that need more than HAProxy's own and for what
 * a chain is worth. It speaks HTTP over the agent's socket, the same as nginx does; without an answer in time the request
 * is denied (503).
 */
export function decideScript(socket: string): string {
  return `-- Written by Countersign. What is changed here is overwritten.
local skipped = {
  ["content-length"] = true, ["transfer-encoding"] = true, ["connection"] = true, ["upgrade"] = true,
  ["expect"] = true, ["te"] = true, ["trailer"] = true, ["keep-alive"] = true, ["proxy-connection"] = true,
}

-- No line of a request can begin another one.
local function line(name, value)
  return name .. ": " .. string.gsub(value or "", "[\\r\\n%z]", "") .. "\\r\\n"
end

-- In pieces: a converter's result has to fit into one buffer.
local function base64(txn, octets)
  local parts = {}
  for first = 1, #octets, 6000 do
    parts[#parts + 1] = txn.sc:base64(string.sub(octets, first, first + 5999))
  end
  return table.concat(parts)
end

local function question(txn)
  local query = txn.sf:query()
  local target = txn.sf:path()
  if query ~= "" then target = target .. "?" .. query end
  local parts = {
    "GET /decide HTTP/1.0\\r\\n",
    line("Host", txn.f:var("txn.cs_host")),
    line("X-Countersign-Method", txn.sf:method()),
    line("X-Countersign-Target", target),
    line("X-Countersign-Version", "HTTP/" .. txn.sf:req_ver()),
    line("X-Countersign-Source", txn.sf:src()),
    line("X-Countersign-State", txn.f:var("txn.cs_state")),
  }
  if txn.sf:ssl_c_used() == "1" then
    parts[#parts + 1] = line("X-Countersign-Certificate", base64(txn, txn.f:ssl_c_der()))
    parts[#parts + 1] = line("X-Countersign-Chain", base64(txn, txn.f:ssl_c_chain_der() or ""))
  end
  for name, values in pairs(txn.http:req_get_headers()) do
    if not skipped[name] and name ~= "host" and string.sub(name, 1, 14) ~= "x-countersign-" then
      for i = 0, #values do
        if values[i] then parts[#parts + 1] = line(name, values[i]) end
      end
    end
  end
  parts[#parts + 1] = "\\r\\n"
  return table.concat(parts)
end

local function ask(txn)
  local agent = core.tcp()
  agent:settimeout(5)
  if not agent:connect("unix@${word(socket)}") then return nil end
  local sent = agent:send(question(txn))
  local status = sent and string.match(agent:receive("*l") or "", "^HTTP/1%.[01] (%d%d%d)")
  local told = {}
  while status do
    local name, value = string.match(agent:receive("*l") or "", "^([%w%-]+): ?([^\\r\\n]*)")
    if not name then break end
    told[string.lower(name)] = value
  end
  agent:close()
  if status ~= "204" and status ~= "403" then return nil end
  return status == "204" and 0 or tonumber(told["x-countersign-status"] or "403"), told
end

core.register_action("countersign_decide", { "http-req" }, function(txn)
  local verdict, told = ask(txn)
  if verdict then
    txn:set_var("txn.cs_state", told["x-countersign-state"] or "unverified")
    if told["client-cert-chain"] then txn:set_var("txn.cs_chain", told["client-cert-chain"]) end
  end
  txn:set_var("txn.cs_verdict", verdict or 503)
end)
`;
}
