namespace Bayes.Layers.Scoring.Tables;

/// <summary>Finds where the lines of a CSV file end. An end of line within quotes does not end a row, and a blank line is no row.</summary>
internal sealed class CsvLines
{
    private const int BufferSize = 1 << 20;
    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    private readonly Stream _stream;
    private byte[] _buffer = new byte[BufferSize];
    private long _offset;
    private int _start;
    private int _end;
    private long _returnTo;

    public CsvLines(Stream stream)
    {
        _stream = stream;
        Fill();
        if (_buffer.AsSpan(0, _end).StartsWith(Mark))
            _start = Mark.Length;
    }

    /// <summary>Returns the bytes of the next row, or null at the end.</summary>
    public byte[]? Next()
    {
        _returnTo = _offset + _start;
        return Take(1)?.Bytes.ToArray();
    }

    /// <summary>Goes back before the row that <see cref="Next"/> returned.</summary>
    public void Return() => _start = (int)(_returnTo - _offset);

    /// <summary>Returns the next rows, with blank lines among and after them, or null at the end. The bytes are valid until the next call.</summary>
    /// <param name="most">The most rows.</param>
    public (long Offset, ReadOnlyMemory<byte> Bytes, int Rows)? Take(int most)
    {
        int rows = 0, at = _start, line = _start;
        bool isQuoted = false;
        while (true)
        {
            int found = _buffer.AsSpan(at, _end - at).IndexOfAny((byte)'\n', (byte)'"');
            if (found < 0)
            {
                int scanned = _end - _start, begun = line - _start;
                if (Fill())
                {
                    (at, line) = (_start + scanned, _start + begun);
                    continue;
                }
                rows += IsBlank(_start + begun, _end) ? 0 : 1;
                return Cut(_end, rows);
            }
            at += found + 1;
            if (_buffer[at - 1] == '"')
            {
                isQuoted = !isQuoted;
                continue;
            }
            if (isQuoted)
                continue;
            rows += IsBlank(line, at) ? 0 : 1;
            line = at;
            if (rows == most)
                return Cut(at, rows);
        }
    }

    private (long Offset, ReadOnlyMemory<byte> Bytes, int Rows)? Cut(int end, int rows)
    {
        var cut = (_offset + _start, (ReadOnlyMemory<byte>)_buffer.AsMemory(_start, end - _start), rows);
        _start = end;
        return rows > 0 ? cut : null;
    }

    private bool IsBlank(int start, int end) => _buffer.AsSpan(start, end - start).IndexOfAnyExcept(" \t\r\n"u8) < 0;

    // Moves what is not taken yet to the front, and reads on; false at the end of the file.
    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _offset += _start;
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, checked(2 * _buffer.Length));
        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
