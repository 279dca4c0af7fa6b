-- SPDX-License-Identifier: MIT
-- closures, strings, tables, floats, coroutines, patterns, collection, files, errors
local words = {}
for line in io.lines(arg[0]) do
    for w in line:gmatch("%a+") do words[w] = (words[w] or 0) + 1 end
end
local keys = {}
for w in pairs(words) do keys[#keys + 1] = w end
table.sort(keys)
for _, w in ipairs(keys) do print(w, words[w]) end
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(20), 7 // 2, -7 // 2, -7 % 3, 2 ^ 0.5, 1 / 0, -1 / 0, 0 / 0 ~= 0 / 0)
print(string.format("%.14g %a %5.1f %q %x", math.pi, 0.1, 2.25, "a\nb", 255))
print(math.sin(1), math.exp(1), math.log(10), math.floor(-1.5), math.tointeger(3.0))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(co(), co(), co())
local t = setmetatable({}, { __index = function(_, k) return k .. "!" end })
print(t.hello, #("x"):rep(1000), ("abc"):byte(1, -1))
for i = 1, 20000 do t[i] = { i, tostring(i) } end
t = nil
collectgarbage()
print(collectgarbage("count") < 2000, select("#", table.unpack({ 1, nil, 3 }, 1, 3)))
print(pcall(error, "caught"), pcall(function() return 1 + {} end))
local f <close> = assert(io.open("written", "w"))
f:write(("%08d\n"):rep(500, ""):format(table.unpack((function()
    local v = {}
    for i = 1, 500 do v[i] = i * i end
    return v
end)())) and "done\n" or "")
print(os.getenv("HOME") ~= nil, os.rename("written", "renamed"), os.remove("nothing"))
error("the end")
