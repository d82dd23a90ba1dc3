using System.Buffers.Binary;

namespace Bayes.Layers.Tests.Samples.Figures;

/// <summary>Writes a figure to a temporary file, reads it, and deletes it.</summary>
internal static class SavedFigure
{
    /// <summary>Returns the bytes of the file.</summary>
    public static byte[] Bytes(Action<string> save)
    {
        string path = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}.png");
        try
        {
            save(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Asserts that the figure is the same when drawn twice, and has this size.</summary>
    public static void ShouldBeDrawn(Action<string> save, int width, int height)
    {
        byte[] image = Bytes(save);
        image.Take(8).Should().Equal(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
        BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(16)).Should().Be(width);
        BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(20)).Should().Be(height);
        image.Length.Should().BeInRange(20_000, 1_000_000);
        Bytes(save).Should().Equal(image);
    }

    /// <summary>Asserts that the input is refused with this message, and that nothing is written.</summary>
    public static void ShouldBeRefused(Action<string> save, string message)
    {
        string path = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}.png");
        FluentActions.Invoking(() => save(path)).Should().Throw<ArgumentException>().WithMessage(message);
        File.Exists(path).Should().BeFalse();
    }
}
