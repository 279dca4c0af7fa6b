#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads a trace by doc/format.md alone and prints an object a line.

usage: format_reader.py TRACE META [POOL]

Written from that page, not from the code: what it cannot read the page does not
tell. The pool's events come without their time.
"""
import json
import struct
import sys

SIZES = {'?': 1, 'c': 1, 'b': 1, 'B': 1, 'h': 2, 'H': 2, 'i': 4, 'I': 4, 'q': 8, 'Q': 8, 'x': 8,
         'f': 4, 'd': 8}


def text_at(data, offset):
    return data[offset:data.index(b'\0', offset)].decode('utf-8', 'replace')


class Note:
    def __init__(self, data):
        (version, self.long, self.pointer, self.signed, _, n, _, text_size,
         _) = struct.unpack_from('=IBBBBIIII', data)
        assert version == 1
        text = data[24 + 32 * n:24 + 32 * n + text_size]
        self.events = []
        for i in range(n):
            name, args, _, kinds, *_ = struct.unpack_from('=8I', data, 24 + 32 * i)
            declared = text_at(text, args)
            names = [] if declared == 'void' else [
                a.replace('*', ' ').split()[-1] for a in declared.split(',')]
            self.events.append((self, text_at(text, name), names, text_at(text, kinds)))

    def size(self, kind):
        if kind in 'lL':
            return self.long
        return self.pointer if kind in 'nNP' else SIZES[kind]

    def negative(self, kind):
        return kind in 'bhilqn' or (kind == 'c' and self.signed)


def read_meta(path):
    data = open(path, 'rb').read()
    magic, version, at = struct.unpack_from('=QII', data)
    assert magic == 0x4154454d48435445 and version == 1
    events = {}
    while at + 8 <= len(data):
        kind, size = struct.unpack_from('=II', data, at)
        payload = data[at + 8:at + 8 + size]
        if kind == 1:
            first, = struct.unpack_from('=I', payload)
            for i, event in enumerate(Note(payload[8:]).events):
                events[first + i] = event
        at += 8 + (size + 7) // 8 * 8
    return events, data[16:32]


def shown(note, kind, value, size):
    if note.negative(kind) and value >> (8 * size - 1):
        value -= 1 << (8 * size)
    return '0x%x' % value if kind == 'P' else value


def read_trace(path, events, end=None):
    data = open(path, 'rb').read()[:end]
    names = {}
    if data:
        assert struct.unpack_from('=QQQ', data) == (2**64 - 1, 0xf2b177cb0aa429b4, 4)
    at = 24
    while at < len(data):
        kind, = struct.unpack_from('=Q', data, at)
        at += 8
        if kind == 0:
            event, size = struct.unpack_from('=QI', data, at)
            names[event] = data[at + 12:at + 12 + size].decode()
            at += 12 + size
            continue
        event, time, length, pid = struct.unpack_from('=QQII', data, at)
        p = at + 24
        at += length
        if event == 2**64 - 2:
            print(json.dumps({'lost': struct.unpack_from('=Q', data, p)[0]}))
            continue
        note, name, fields, kinds = events[event]
        assert names[event] == name
        args = {}
        for field, letter in zip(fields, kinds):
            if letter == 's':
                size, = struct.unpack_from('=I', data, p)
                args[field] = data[p + 4:p + 4 + size].decode('utf-8', 'replace')
                p += 4 + size
            else:
                value, = struct.unpack_from('=Q', data, p)
                args[field] = shown(note, letter, value, 8)
                p += 8
        assert p == at
        print(json.dumps({'time_ns': time, 'pid': pid, 'name': name, 'args': args}))


class Pool:
    def __init__(self, path, uuid):
        self.data = data = open(path, 'rb').read()
        magic, version, _, self.packet_size, count, slots, _ = struct.unpack_from('=QIIIIII', data)
        assert magic == 0x4c4f4f5048435445 and version in (3, 4) and data[96:112] == uuid
        self.slots, states, packets, size = struct.unpack_from('=QQQQ', data, 32)
        assert size == len(data)
        self.pid, = struct.unpack_from('=I', data, 64)
        assert struct.unpack_from('=I', data, 112)[0] != 2
        checkpoints = [struct.unpack_from('=QQQQQ', data, 224 + 40 * i) for i in (0, 1)]
        generation = max(c[0] for c in checkpoints)
        self.copy = generation & 1
        self.file_offset = checkpoints[self.copy][1]
        self.packets = []
        for i in range(count):
            word, = struct.unpack_from('=I', data, states + 4 * i)
            if word & 3:
                at = packets + i * self.packet_size
                self.packets.append((word >> 2, struct.unpack_from('=Q', data, at + 64)[0], at))
        self.packets.sort()

    def events(self, events):
        for slot, seq, at in self.packets:
            consumed, offset, _ = struct.unpack_from(
                '=QQQ', self.data, self.slots + 192 * slot + 32 + 24 * self.copy)
            if seq < consumed:
                continue
            self.packet(events, at, offset if seq == consumed else 0)

    def packet(self, events, at, skip):
        data = self.data
        magic, = struct.unpack_from('=I', data, at)
        assert magic == 0xC1FC1FC1
        begin, _, content = struct.unpack_from('=QQQ', data, at + 32)
        assert content % 8 == 0 and content // 8 <= self.packet_size
        p, end, clock = at + 88, at + content // 8, begin
        while p < end:
            here = p - at
            word, = struct.unpack_from('<I', data, p)
            event = word & 8191
            if event == 8191:
                event, clock = struct.unpack_from('=IQ', data, p + 4)
                p += 16
            else:
                now = clock + (((word >> 13) - clock) & (1 << 19) - 1)
                assert now >= clock
                clock = now
                p += 4
            note, name, fields, kinds = events[event]
            args = {}
            for field, letter in zip(fields, kinds):
                if letter == 's':
                    stop = data.index(b'\0', p)
                    args[field] = data[p:stop].decode('utf-8', 'replace')
                    p = stop + 1
                else:
                    size = note.size(letter)
                    value = int.from_bytes(data[p:p + size], sys.byteorder)
                    args[field] = shown(note, letter, value, size)
                    p += size
            if here >= skip:
                print(json.dumps({'pid': self.pid, 'name': name, 'args': args}))
        assert p == end


def main(trace, meta, pool=None):
    events, uuid = read_meta(meta)
    if pool is None:
        return read_trace(trace, events)
    pool = Pool(pool, uuid)
    read_trace(trace, events, pool.file_offset)
    pool.events(events)


main(*sys.argv[1:])
