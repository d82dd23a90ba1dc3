using System.Buffers.Binary;
using System.IO.Compression;

namespace Bayes.Layers.Tests.Samples.Fashion;

/// <summary>A folder with small IDX files of made-up images, which is deleted at the end.</summary>
internal sealed class IdxFiles : IDisposable
{
    public const int Side = 9;

    public IdxFiles(int train = 40, int test = 24, bool isCompressed = false)
    {
        Write("train-images-idx3-ubyte", isCompressed, Images(train), train, Side, Side);
        Write("train-labels-idx1-ubyte", isCompressed, Labels(train), train);
        Write("t10k-images-idx3-ubyte", isCompressed, Images(test), test, Side, Side);
        Write("t10k-labels-idx1-ubyte", isCompressed, Labels(test), test);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("bayes-layers-").FullName;

    public void Write(string name, bool isCompressed, byte[] values, params int[] shape) =>
        WriteBytes(name, isCompressed, [0, 0, 8, (byte)shape.Length, .. shape.SelectMany(BigEndian), .. values]);

    public void WriteBytes(string name, bool isCompressed, byte[] bytes)
    {
        string path = Path.Combine(Folder, isCompressed ? name + ".gz" : name);
        using var file = File.Create(path);
        using Stream stream = isCompressed ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(bytes);
    }

    /// <summary>Returns the bytes of labels 0 to 9 in turn.</summary>
    public static byte[] Labels(int count) => [.. Enumerable.Range(0, count).Select(index => (byte)(index % 10))];

    /// <summary>Returns images with a bright row that tells the label, and the last two by its brightness.</summary>
    public static byte[] Images(int count)
    {
        var pixels = new byte[count * Side * Side];
        for (int image = 0; image < count; image++)
            for (int column = 0; column < Side; column++)
                pixels[image * Side * Side + image % 10 % Side * Side + column] = (byte)(image % 10 == Side ? 90 : 255);
        return pixels;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
