using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.Fashion;

public sealed class LabelledImagesTests
{
    private const string Labels = "train-labels-idx1-ubyte";
    private const string Images = "train-images-idx3-ubyte";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_and_labels_are_read_as_they_were_written(bool isCompressed)
    {
        using var files = new IdxFiles(train: 40, isCompressed: isCompressed);
        var images = LabelledImages.ReadTraining(files.Folder);
        (images.Count, images.Height, images.Width).Should().Be((40, IdxFiles.Side, IdxFiles.Side));
        images.Pixels.Should().Equal(IdxFiles.Images(40));
        images.Labels.Should().Equal(IdxFiles.Labels(40));
        images.FirstPixels(2).Should().Equal(IdxFiles.Images(2).Select(pixel => pixel / 255f));
        LabelledImages.ReadTest(files.Folder).Count.Should().Be(24);
    }

    [Fact]
    public void A_name_says_nothing_of_compression()
    {
        using var files = new IdxFiles();
        // Compressed under the name without .gz, as some tools leave it.
        using var compressed = new IdxFiles(isCompressed: true);
        File.Copy(Path.Combine(compressed.Folder, Labels + ".gz"), Path.Combine(files.Folder, Labels), overwrite: true);
        LabelledImages.ReadTraining(files.Folder).Labels.Should().Equal(IdxFiles.Labels(40));
    }

    [Fact]
    public void A_folder_that_cannot_be_used_is_named()
    {
        Refused("/no/such/folder", "The data file \"/no/such/folder\" is not a folder, where one with IDX files was expected.");
        using var files = new IdxFiles();
        File.Delete(Path.Combine(files.Folder, Labels));
        Refused(files.Folder, $"*{Labels}\" does not exist, and neither does \"{Labels}.gz\" beside it.");
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named_with_what_is_wrong()
    {
        using var files = new IdxFiles();
        Wrong(Labels, [0, 0, 8], "*ends within its header, where 8 bytes were expected.");
        Wrong(
            Labels, [0, 0, 9, 1, 0, 0, 0, 1, 5],
            "*begins with the bytes 0, 0, 9, 1, where 0, 0, 8, 1 were expected: an IDX file of bytes with 1 axis.");
        Wrong(Labels, [0, 0, 8, 1, 0, 0, 0, 0], "*has the shape ?0], where sizes above 0 *");
        Wrong(Labels, [0, 0, 8, 1, 0, 0, 0, 3, 1, 2], "*has 2 numbers after its header, where 3 were expected.");
        Wrong(Labels, [0, 0, 8, 1, 0, 0, 0, 1, 1, 2], "*has more than 1 numbers after its header, where 1 were expected.");
        Wrong(Labels, [0, 0, 8, 1, 0, 0, 0, 1, 1], "*has 1 labels, where 40 were expected, one for each image.");
        files.Write(Labels, false, [.. IdxFiles.Labels(39), 10], 40);
        Refused(files.Folder, "*has the label 10 at place 39, where one from 0 to 9 was expected.");
        Wrong(Images, [0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 127, 255, 255, 255], "*has the shape ?2147483647, *at most 536870912 *");
        Wrong(Images, [0x1F, 0x8B, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2], "*cannot be read: *");

        void Wrong(string name, byte[] bytes, string message)
        {
            files.WriteBytes(name, false, bytes);
            Refused(files.Folder, message);
        }
    }

    private static void Refused(string folder, string message) =>
        FluentActions.Invoking(() => LabelledImages.ReadTraining(folder)).Should().Throw<DataFileException>().WithMessage(message);
}
