namespace Bayes.Layers.Tests.Reliability;

/// <summary>A file on a failing disk: after some bytes, reads and writes throw.</summary>
internal sealed class FailingStream(byte[] content, long most, Func<Exception> fault) : Stream
{
    private readonly MemoryStream _within = new(content);

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => true;
    public override long Length => _within.Length;
    public override long Position { get => _within.Position; set => _within.Position = value; }

    public override int Read(byte[] buffer, int offset, int count) =>
        Position >= most && count > 0 ? throw fault() : _within.Read(buffer, offset, (int)Math.Min(count, Math.Max(0, most - Position)));

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (Position + count > most)
            throw fault();
        _within.Write(buffer, offset, count);
    }

    public override long Seek(long offset, SeekOrigin origin) => _within.Seek(offset, origin);
    public override void SetLength(long value) => _within.SetLength(value);
    public override void Flush() { }
}
