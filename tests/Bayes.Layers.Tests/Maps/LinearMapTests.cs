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
}
