using System.Buffers.Binary;
using Bayes.Layers.Reports.Figures;

namespace Bayes.Layers.Tests.Reports.Figures;

/// <summary>Writes a figure to a temporary file, reads it, and deletes it.</summary>
internal static class SavedFigure
{
    /// <summary>Returns the bytes of the file.</summary>
    public static byte[] Bytes(Func<FigureDrawing> draw)
    {
        string path = Path.Combine(Path.GetTempPath(), $"bayes-layers-{Guid.NewGuid():N}.png");
        try
        {
            draw().SavePng(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Asserts that the figure is the same when drawn twice, and has this width in units.</summary>
    public static void ShouldBeDrawn(Func<FigureDrawing> draw, int width = FigureStyle.Width)
    {
        byte[] image = Bytes(draw);
        image.Take(8).Should().Equal(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
        BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(16)).Should().Be(3 * width);
        BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(20)).Should().BeGreaterThan(500);
        image.Length.Should().BeInRange(15_000, 1_000_000);
        Bytes(draw).Should().Equal(image);
    }

    /// <summary>Asserts that the input is refused with this message, before anything is drawn.</summary>
    public static void ShouldBeRefused(Func<FigureDrawing> draw, string message) =>
        FluentActions.Invoking(draw).Should().Throw<ArgumentException>().WithMessage(message);
}
