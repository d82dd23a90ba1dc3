using Bayes.Layers.Maps;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Maps;

public sealed class ConvolutionMap2dTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 3, new([3, 2], [1, 1], [0, 0], [1, 1]));

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 4, 3);

    [Theory]
    [InlineData(1, 60, 1)]
    [InlineData(3, 2, 1)]
    [InlineData(3, 2, 2)]
    public void Large_draws_give_the_same_outputs_and_gradients_as_one_at_a_time(long inputDraws, long batch, long groups)
    {
        // The outputs, or the inputs of a draw, are large enough for the map to compute draws one at a time. Draws must not be mixed up.
        const int draws = 3;
        var map = new ConvolutionMap(2, 512, new([2, 2], [16, 16], [0, 0], [1, 1]), groups);
        Tensor x = Normal(inputDraws, batch, 2, 114, 114).requires_grad_(), w = Normal([draws, .. map.WeightShape]).requires_grad_(),
            b = Normal(draws, 512).requires_grad_();
        var together = Gradients(map.ApplyPerDraw(x, w, b));
        var apart = Gradients(cat([.. Enumerable.Range(0, draws).Select(s => map.Apply(x.narrow(0, inputDraws == 1 ? 0 : s, 1), w[s], b[s]))], 0));
        for (int i = 0; i < together.Length; i++)
            together[i].sub(apart[i]).abs().max().ToDouble().Should().BeLessThan(1e-9 * apart[i].abs().max().ToDouble());

        Tensor[] Gradients(Tensor output)
        {
            foreach (var tensor in new[] { x, w, b })
                tensor.grad = null;
            output.square().sum().backward();
            return [output, x.grad!.clone(), w.grad!.clone(), b.grad!.clone()];
        }
    }

    [Theory]
    [InlineData(0, 1, 1, "inputChannels is 0*")]
    [InlineData(1, -1, 1, "outputChannels is -1*")]
    [InlineData(2, 2, 0, "groups is 0*")]
    [InlineData(4, 6, 4, "4 channels in and 6 out cannot be split into 4 groups; expected multiples of 4*")]
    [InlineData(3, 4, 2, "3 channels in and 4 out cannot be split into 2 groups*")]
    public void Invalid_channels_are_refused(long inputs, long outputs, long groups, string message)
    {
        var act = () => new ConvolutionMap(inputs, outputs, new([3], [1], [0], [1]), groups);
        act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Inputs_of_a_wrong_shape_are_refused()
    {
        Map.Invoking(map => map.CheckInput([5, 3, 8, 8])).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [5, 3, 8, 8], so 3 channels; expected 2, as in [batch, 2, height, width]*");
        Map.Invoking(map => map.CheckInput([5, 2, 8]))
            .Should().Throw<ArgumentException>().WithMessage("The input has shape [5, 2, 8]; expected [batch, 2, height, width]*");
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

public sealed class CircularConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 4, new([3, 2], [1, 2], [2, 0], [1, 1], [1, 3], PaddingModes.Circular), groups: 2);

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 4, 3);

    [Theory]
    [InlineData(PaddingModes.Reflect, 3)]
    [InlineData(PaddingModes.Circular, 2)]
    [InlineData(PaddingModes.Replicate, 1)]
    public void An_input_too_small_for_its_padding_is_refused(PaddingModes mode, long smallest)
    {
        var map = new ConvolutionMap(1, 1, new([2], [1], [1], [1], [2], mode));
        map.CheckInput([1, 1, smallest]);
        ShouldBeFinite(map.Apply(Normal(1, 1, 1, smallest), Normal(1, 1, 2)));
        if (smallest > 1)
            map.Invoking(m => m.CheckInput([1, 1, smallest - 1])).Should().Throw<ArgumentException>()
                .WithMessage($"The input has shape [1, 1, {smallest - 1}], too small for kernel_size=(2,)*axis 2 has {smallest - 1} values to pad "
                    + $"with; expected at least {smallest}*");
    }
}

public sealed class ReflectingConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(3, 4, new([3], [2], [2], [2], paddingMode: PaddingModes.Reflect));

    protected override Tensor Input(long draws) => Normal(draws, 3, 3, 8);
}

public sealed class ReplicatingConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 2,
        new([2, 2, 1], [1, 2, 1], [0, 1, 1], [1, 1, 1], [1, 0, 1], PaddingModes.Replicate));

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 3, 3, 2);
}

public sealed class UnevenlyPaddedConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new ConvolutionMap(2, 2, new([2, 4], [1, 1], [0, 1], [1, 1], [1, 2]));

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 3, 4);

    [Fact]
    public void Padding_same_keeps_the_size() => Map.Apply(Input(1), Normal([.. Map.WeightShape])).shape.Should().Equal(1, 3, 2, 3, 4);
}

public sealed class TransposedConvolutionMap1dTests : MapLaws
{
    protected override BilinearMap Map => new TransposedConvolutionMap(4, 2, new([3], [2], [1], [2]), [1], groups: 2);

    protected override Tensor Input(long draws) => Normal(draws, 3, 4, 4);
}

public sealed class TransposedConvolutionMap3dTests : MapLaws
{
    protected override BilinearMap Map => new TransposedConvolutionMap(2, 2, new([2, 1, 2], [1, 2, 1], [0, 0, 1], [1, 1, 1]), [0, 1, 0]);

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 2, 3, 2);

    [Fact]
    public void Padding_other_than_zeros_at_both_ends_is_refused()
    {
        var circular = () => new TransposedConvolutionMap(1, 1, new([2], [1], [1], [1], paddingMode: PaddingModes.Circular), [0]);
        circular.Should().Throw<ArgumentException>()
            .WithMessage("The geometry is kernel_size=(2,), stride=(1,), padding=(1,), padding_mode=circular; expected a padding of zeros*");
        var dimensions = () => new TransposedConvolutionMap(1, 1, new([2, 2], [1, 1], [0, 0], [1, 1]), [0]);
        dimensions.Should().Throw<ArgumentException>()
            .WithMessage("The kernel has 2 dimensions and the output padding 1; expected the same number*");
        var mode = () => new ConvolutionGeometry([2], [1], [1], [1], paddingMode: PaddingModes.Constant);
        mode.Should().Throw<ArgumentOutOfRangeException>().WithMessage("paddingMode is Constant; expected Zeros, Reflect, Replicate or Circular*");
    }
}

public sealed class TransposedConvolutionMapTests : MapLaws
{
    protected override BilinearMap Map => new TransposedConvolutionMap(2, 3, new([3, 2], [2, 1], [1, 0], [1, 1]), [1, 0]);

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 3, 2);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    public void An_output_padding_not_below_stride_or_dilation_is_refused(long height, long width)
    {
        var act = () => new TransposedConvolutionMap(2, 2, new([3, 3], [2, 1], [0, 0], [1, 1]), [height, width]);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("outputPadding is*below the stride or the dilation*");
    }

    [Fact]
    public void It_is_the_transpose_of_the_convolution()
    {
        // <y, conv(x)> = <transposed(y), x> for the same weight and any x and y.
        var geometry = new ConvolutionGeometry([3, 2], [2, 1], [1, 0], [1, 2]);
        var convolution = new ConvolutionMap(4, 6, geometry, groups: 2);
        var transposed = new TransposedConvolutionMap(6, 4, geometry, [1, 0], groups: 2);
        transposed.WeightShape.Should().Equal(convolution.WeightShape);
        Tensor weight = Normal([.. convolution.WeightShape]), x = Normal(1, 5, 4, 6, 7), convolved = convolution.Apply(x, weight),
            y = Normal(convolved.shape);
        var back = transposed.Apply(y, weight);
        back.shape.Should().Equal(x.shape);
        back.mul(x).sum().ToDouble().Should().BeApproximately(convolved.mul(y).sum().ToDouble(), 1e-10);
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 5, 3)]
    public void An_input_too_small_for_an_output_is_refused(long stride, long padding, long smallest)
    {
        var map = new TransposedConvolutionMap(1, 1, new([3, 3], [stride, 1], [padding, 0], [1, 1]), [stride - 1, 0]);
        map.CheckInput([1, 1, smallest, 3]);
        map.Apply(Normal(1, 1, 1, smallest, 3), Normal(1, 1, 3, 3)).shape.Should().OnlyContain(size => size > 0);
        map.Invoking(m => m.CheckInput([1, 1, smallest - 1, 3]))
            .Should().Throw<ArgumentException>().WithMessage("*too small for kernel_size=(3, 3)*no output along axis 2*");
    }

    [Fact]
    public void The_fan_in_is_the_mean_number_of_inputs_of_an_output()
    {
        // With every weight and input equal to 1, an output away from the edges is the number of its inputs.
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
    [InlineData(3, 1, long.MaxValue, 1, "padding is [9223372036854775807, 9223372036854775807]; expected whole numbers of at most 2147483647*")]
    [InlineData(3, long.MaxValue, 0, 1, "stride is [9223372036854775807, 9223372036854775807]; expected whole numbers of at most 2147483647*")]
    public void Numbers_outside_their_range_are_refused(long kernel, long stride, long padding, long dilation, string message)
    {
        var act = () => new ConvolutionGeometry([kernel, kernel], [stride, stride], [padding, padding], [dilation, dilation]);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Settings_with_different_numbers_of_dimensions_are_refused()
    {
        var act = () => new ConvolutionGeometry([3, 3], [1], [0, 0], [1, 1]);
        act.Should().Throw<ArgumentException>().WithMessage("stride has 1 numbers; expected 2*");
        var none = () => new ConvolutionGeometry([], [], [], []);
        none.Should().Throw<ArgumentException>().WithMessage("The kernel has 0 dimensions; expected one, two or three*");
    }
}
