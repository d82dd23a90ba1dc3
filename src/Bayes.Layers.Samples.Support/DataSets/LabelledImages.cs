namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Images of one size with a label each, in the files of the MNIST database and of data sets that take their place.</summary>
/// <param name="Count">Number of images.</param>
/// <param name="Height">Pixels of a column.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Pixels">From 0 to 255, image by image and row by row.</param>
/// <param name="Labels">The label of each image.</param>
internal sealed record LabelledImages(int Count, int Height, int Width, byte[] Pixels, byte[] Labels)
{
    /// <summary>Number of labels, from 0.</summary>
    public const int Classes = 10;

    /// <summary>Reads the images to train on: 60,000 of the usual data sets.</summary>
    /// <exception cref="DataFileException">A file cannot be used.</exception>
    public static LabelledImages ReadTraining(string folder) => Read(folder, "train");

    /// <summary>Reads the images to test on: 10,000 of the usual data sets.</summary>
    /// <exception cref="DataFileException">A file cannot be used.</exception>
    public static LabelledImages ReadTest(string folder) => Read(folder, "t10k");

    /// <summary>Returns the first images, from 0 to 1, row after row of each.</summary>
    public float[] FirstPixels(int count)
    {
        var values = new float[count * Height * Width];
        for (int index = 0; index < values.Length; index++)
            values[index] = Pixels[index] / 255f;
        return values;
    }

    private static LabelledImages Read(string folder, string part)
    {
        if (!Directory.Exists(folder))
            throw new DataFileException(folder, "is not a folder, where one with IDX files was expected");
        var images = IdxFile.Read(folder, $"{part}-images-idx3-ubyte", axes: 3);
        var labels = IdxFile.Read(folder, $"{part}-labels-idx1-ubyte", axes: 1);
        if (labels.Shape[0] != images.Shape[0])
            throw new DataFileException(
                labels.Path, $"has {labels.Shape[0]} labels, where {images.Shape[0]} were expected, one for each image");
        if (Array.FindIndex(labels.Values, label => label >= Classes) is var wrong and >= 0)
            throw new DataFileException(
                labels.Path, $"has the label {labels.Values[wrong]} at place {wrong}, where one from 0 to {Classes - 1} was expected");
        return new LabelledImages(images.Shape[0], images.Shape[1], images.Shape[2], images.Values, labels.Values);
    }
}
