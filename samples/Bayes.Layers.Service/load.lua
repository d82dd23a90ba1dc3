-- Posts one row of 13 numbers with each request, another one every time. After "--": requests a second, and the number of connections.
-- Without them, each connection asks again as soon as it has an answer.
local bodies = {}
local headers = { ["Content-Type"] = "application/json" }
local at = 0
local longest = nil

function init(args)
  math.randomseed(1)
  for i = 1, 1000 do
    local values = {}
    for column = 1, 13 do
      values[column] = string.format("%.4f", math.random())
    end
    bodies[i] = '{"rows":[[' .. table.concat(values, ",") .. ']]}'
  end
  if args[1] then
    -- A pause of random length before each request, so that requests do not come in step.
    longest = math.floor(2 * 1000 * tonumber(args[2]) / tonumber(args[1]))
    delay = function() return math.random(0, longest) end
  end
end

function request()
  at = at % #bodies + 1
  return wrk.format("POST", "/predict", headers, bodies[at])
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "%d requests in %.1f s: %.0f a second; p50 %.1f ms, p99 %.1f ms, longest %.1f ms; %d not answered with 200, %d failed\n",
    summary.requests, summary.duration / 1e6, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
