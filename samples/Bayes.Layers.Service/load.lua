-- Posts one row of 13 numbers with each request, another one every time; counts answers that are not 200.
math.randomseed(1)
local bodies = {}
for i = 1, 1000 do
  local values = {}
  for column = 1, 13 do
    values[column] = string.format("%.4f", math.random())
  end
  bodies[i] = '{"rows":[[' .. table.concat(values, ",") .. ']]}'
end
local headers = { ["Content-Type"] = "application/json" }
local at = 0

function request()
  at = at % #bodies + 1
  return wrk.format("POST", "/predict", headers, bodies[at])
end

function done(summary, latency, requests)
  io.write(string.format(
    "%d requests in %.1f s: %.0f a second; p50 %.1f ms, p99 %.1f ms, longest %.1f ms; %d not answered with 200, %d failed\n",
    summary.requests, summary.duration / 1e6, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
