using Bayes.Layers.Maps;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Maps;

public sealed class LinearMapTests : MapLaws
{
    protected override BilinearMap Map => new LinearMap(4, 5);

    protected override Tensor Input(long draws) => Normal(draws, 3, 4);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-3, 2)]
    public void Sizes_below_one_are_refused(long inputSize, long outputSize)
    {
        var act = () => new LinearMap(inputSize, outputSize);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*expected a whole number of at least 1*");
    }
}

/// <summary>An input with axes between the batch and the features.</summary>
public sealed class LinearMapOnSequencesTests : MapLaws
{
    protected override BilinearMap Map => new LinearMap(4, 5);

    protected override Tensor Input(long draws) => Normal(draws, 3, 2, 6, 4);
}

/// <summary>The numbers of rows, inputs and outputs are equal, so a transposed weight or a bias on the wrong axis has a valid shape.</summary>
public sealed class LinearMapOnSquaresTests : MapLaws
{
    protected override BilinearMap Map => new LinearMap(3, 3);

    protected override Tensor Input(long draws) => Normal(draws, 3, 3);

    /// <summary>A wide layer over steps computes its products in another order, so that its output is contiguous.</summary>
    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public void Steps_of_wide_and_narrow_outputs_match_a_loop(long outputs)
    {
        var map = new LinearMap(3, outputs);
        Tensor weights = Normal(4, outputs, 3), biases = Normal(4, outputs);
        foreach (var input in new[] { Normal(1, 2, 5, 3), Normal(4, 2, 5, 3), Normal(4, 5, 2, 3).transpose(1, 2) })
        {
            var output = map.ApplyPerDraw(input, weights, biases);
            for (int s = 0; s < 4; s++)
                ShouldBeClose(output[s], map.Apply(input[Math.Min(s, input.shape[0] - 1)], weights[s], biases[s]), 1e-13);
            ShouldBeClose(map.ApplyPerDraw(input, weights), output - biases.view(4, 1, 1, outputs), 1e-13);
        }
    }
}
