using Bayes.Layers.Maps;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Maps;

public sealed class ConvolutionMap2dTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 3, new([3, 2], [1, 1], [0, 0], [1, 1]));

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 4, 3);

    [Theory]
    [InlineData(0, 1, 1, "inputChannels is 0*")]
    [InlineData(1, -1, 1, "outputChannels is -1*")]
    [InlineData(2, 2, 0, "groups is 0*")]
    [InlineData(4, 6, 4, "4 channels in and 6 out cannot be split into 4 groups; expected multiples of 4*")]
    [InlineData(3, 4, 2, "3 channels in and 4 out cannot be split into 2 groups*")]
    public void Channels_that_cannot_be_are_refused(long inputs, long outputs, long groups, string message)
    {
        var act = () => new ConvolutionMap(inputs, outputs, new([3], [1], [0], [1]), groups);
        act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused()
    {
        Map.Invoking(map => map.CheckInput([5, 3, 8, 8])).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [5, 3, 8, 8], so 3 channels; expected 2, as in [batch, 2, height, width]*");
        Map.Invoking(map => map.CheckInput([5, 2, 8])).Should().Throw<ArgumentException>().WithMessage("The input has shape [5, 2, 8]; expected [batch, 2, height, width]*");
        Map.Invoking(map => map.CheckInput([5, 2, 8, 1])).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [5, 2, 8, 1], too small for kernel_size=(3, 2), stride=(1, 1): no output along axis 3*");
        Map.CheckInput([1, 2, 3, 2]);
    }
}

public sealed class ConvolutionMapWithAllSettingsTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(4, 6, new([3, 2], [2, 1], [1, 2], [1, 2]), groups: 2);

    protected override Tensor Input(long draws) => Normal(draws, 3, 4, 5, 4);
}

public sealed class ConvolutionMap1dTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(3, 4, new([3], [2], [1], [2]));

    protected override Tensor Input(long draws) => Normal(draws, 3, 3, 8);
}

public sealed class ConvolutionMap3dTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 2, new([2, 2, 1], [1, 2, 1], [0, 1, 0], [1, 1, 1]));

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 3, 3, 2);
}

public sealed class DepthwiseConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(3, 3, new([3], [1], [1], [1]), groups: 3);

    protected override Tensor Input(long draws) => Normal(draws, 3, 3, 4);
}

public sealed class TransposedConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new TransposedConvolutionMap(2, 3, new([3, 2], [2, 1], [1, 0], [1, 1]), [1, 0]);

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 3, 2);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    public void An_output_padding_that_the_stride_leaves_no_room_for_is_refused(long height, long width)
    {
        var act = () => new TransposedConvolutionMap(2, 2, new([3, 3], [2, 1], [0, 0], [1, 1]), [height, width]);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("outputPadding is*below the stride or the dilation*");
    }

    [Fact]
    public void The_fan_in_is_the_mean_number_of_inputs_of_an_output()
    {
        // Counted: every weight is 1 and every input too, away from the edges.
        var map = new TransposedConvolutionMap(4, 2, new([4, 4], [2, 2], [0, 0], [1, 1]), [0, 0]);
        var counts = map.Apply(ones([1, 1, 4, 10, 10], float64), ones([.. map.WeightShape], float64))[0, 0, 0].narrow(0, 4, 12).narrow(1, 4, 12);
        counts.mean().ToDouble().Should().Be(map.FanIn);
    }
}

public sealed class TransposedConvolutionMapWithGroupsTests : MapLaws
{
    protected override BilinearMap Map => new TransposedConvolutionMap(4, 2, new([2, 2], [2, 2], [0, 0], [1, 2]), [0, 1], groups: 2);

    protected override Tensor Input(long draws) => Normal(draws, 3, 4, 2, 2);
}

public sealed class ConvolutionGeometryTests
{
    [Theory]
    [InlineData(0, 1, 0, 1, "kernelSize is [0, 0]; expected whole numbers of at least 1*")]
    [InlineData(3, 0, 0, 1, "stride is [0, 0]; expected whole numbers of at least 1*")]
    [InlineData(3, 1, -1, 1, "padding is [-1, -1]; expected whole numbers of at least 0*")]
    [InlineData(3, 1, 0, 0, "dilation is [0, 0]; expected whole numbers of at least 1*")]
    public void Numbers_outside_their_range_are_refused(long kernel, long stride, long padding, long dilation, string message)
    {
        var act = () => new ConvolutionGeometry([kernel, kernel], [stride, stride], [padding, padding], [dilation, dilation]);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Dimensions_that_differ_are_refused()
    {
        var act = () => new ConvolutionGeometry([3, 3], [1], [0, 0], [1, 1]);
        act.Should().Throw<ArgumentException>().WithMessage("stride has 1 numbers; expected 2*");
        var none = () => new ConvolutionGeometry([], [], [], []);
        none.Should().Throw<ArgumentException>().WithMessage("The kernel has 0 dimensions; expected one, two or three*");
    }
}
