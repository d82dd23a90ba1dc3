using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Bayes.Layers.Service.Rows;

/// <summary>A line of a body.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The text without the end of the line; null if it is longer than allowed.</param>
internal readonly record struct Line(long Number, string? Text);

/// <summary>Reads the lines of a body as they arrive, with at most one line and one buffer in memory.</summary>
/// <param name="reader">The body.</param>
/// <param name="longest">The most bytes of a line.</param>
internal sealed class LineReader(PipeReader reader, int longest)
{
    private long _number;
    private bool _isInsideLongLine;
    private bool _isAtEnd;

    /// <summary>Reads lines that have arrived already, and waits only for the first.</summary>
    /// <param name="most">The most lines.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>At least one line, or none at the end of the body.</returns>
    public async Task<IReadOnlyList<Line>> ReadAsync(int most, CancellationToken cancellationToken)
    {
        var lines = new List<Line>();
        while (lines.Count == 0 && !_isAtEnd)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (lines.Count < most && TryTake(ref buffer, out var line))
                Add(lines, line);
            if (lines.Count < most && buffer.Length > longest)
            {
                // What is left has no end of a line: it is dropped until one comes.
                _isInsideLongLine = true;
                buffer = buffer.Slice(buffer.End);
            }
            if (result.IsCompleted && lines.Count < most)
            {
                if (buffer.Length > 0 || _isInsideLongLine)
                    Add(lines, buffer);
                buffer = buffer.Slice(buffer.End);
                _isAtEnd = true;
            }
            // With as many lines as asked for, the rest is looked at by the next call, and not only when more has arrived.
            reader.AdvanceTo(buffer.Start, lines.Count < most ? buffer.End : buffer.Start);
        }
        return lines;
    }

    private void Add(List<Line> lines, ReadOnlySequence<byte> bytes)
    {
        bool isTooLong = _isInsideLongLine || bytes.Length > longest;
        _isInsideLongLine = false;
        lines.Add(new Line(++_number, isTooLong ? null : Decode(bytes)));
    }

    private string Decode(ReadOnlySequence<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes).TrimEnd('\r');
        return _number == 1 ? text.TrimStart('\uFEFF') : text;
    }

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is not { } end)
            return false;
        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }
}
