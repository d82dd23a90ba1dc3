using Bayes.Layers.Samples.Digits;

namespace Bayes.Layers.Tests.Samples.Digits;

public sealed class ImageRotationTests : TorchTest
{
    private const double Rounding = 1e-5;

    private readonly Tensor _images = rand(3, 1, 8, 8);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(-1)]
    public void Quarter_turns_are_exact_and_counterclockwise(int quarters) =>
        ShouldBeClose(ImageRotation.Turn(_images, 90 * quarters), _images.rot90(quarters, (2, 3)), Rounding);

    [Fact]
    public void Four_quarter_turns_return_the_image()
    {
        var turned = _images;
        for (int quarter = 0; quarter < 4; quarter++)
            turned = ImageRotation.Turn(turned, 90);
        ShouldBeClose(turned, _images, Rounding);
    }

    [Fact]
    public void Ink_above_the_middle_moves_to_the_upper_left_at_45_degrees()
    {
        var image = zeros(1, 1, 8, 8);
        image[0, 0, 1, 3] = 1;
        image[0, 0, 1, 4] = 1;
        var turned = ImageRotation.Turn(image, 45)[0, 0];
        turned.sum().item<float>().Should().BeApproximately(2, 0.3f);
        turned[TensorIndex.Slice(0, 4), TensorIndex.Slice(0, 4)].sum().item<float>().Should().BeApproximately(turned.sum().item<float>(), 1e-5f);
        turned[2, 2].item<float>().Should().BeGreaterThan(0.5f);
    }

    [Fact]
    public void Pixels_from_outside_are_paper_and_values_stay_in_their_range()
    {
        var turned = ImageRotation.Turn(ones(1, 1, 8, 8), 45);
        turned[0, 0, 0, 0].item<float>().Should().Be(0);
        turned[0, 0, 3, 3].item<float>().Should().BeApproximately(1, 1e-6f);
        Values(turned).Should().OnlyContain(value => value >= 0 && value <= 1 + 1e-6);
    }
}
