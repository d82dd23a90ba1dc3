using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Maps;

/// <summary>The same map with its padding in the first, a middle and the last row.</summary>
public sealed class EmbeddingMapWithFirstRowAsPaddingTests : PaddedEmbeddingMapLaws
{
    protected override long Padding => 0;
}

public sealed class EmbeddingMapWithMiddleRowAsPaddingTests : PaddedEmbeddingMapLaws
{
    protected override long Padding => 2;
}

public sealed class EmbeddingMapWithLastRowAsPaddingTests : PaddedEmbeddingMapLaws
{
    protected override long Padding => 4;
}

public abstract class PaddedEmbeddingMapLaws : MapLaws
{
    private const long Count = 5;

    protected abstract long Padding { get; }

    protected sealed override BilinearMap Map => new EmbeddingMap(Count, 3, Padding);

    protected sealed override Tensor Input(long draws) =>
        cat([full([draws, 3, 1], (Padding + 1) % Count, int64), randint(Count, [draws, 3, 3], dtype: int64)], 2);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void It_matches_the_map_without_padding_over_a_table_with_a_zero_row(long draws)
    {
        var whole = new EmbeddingMap(Count, 3);
        Tensor weights = Normal(4, Count - 1, 3), biases = Normal(4, 3), zero = zeros([4, 1, 3], float64);
        var tables = cat([weights.narrow(1, 0, Padding), zero, weights.narrow(1, Padding, Count - 1 - Padding)], 1);
        var indices = arange(Count, int64).repeat(draws).reshape(draws, 1, Count);
        ShouldBeClose(Map.ApplyPerDraw(indices, weights, biases), whole.ApplyPerDraw(indices, tables, biases), 0);
        ShouldBeClose(Map.Apply(indices, weights[1], biases[1]), whole.Apply(indices, tables[1], biases[1]), 0);
        ShouldBeClose(Map.ApplyToVariance(indices, weights[1].square()), whole.ApplyToVariance(indices, tables[1].square()), 0);
    }

    [Fact]
    public void A_padding_outside_the_indices_or_without_another_row_is_refused()
    {
        var outside = () => new EmbeddingMap(Count, 3, Count);
        outside.Should().Throw<ArgumentOutOfRangeException>().WithMessage("paddingIndex is 5; expected a whole number from 0 to 4*");
        var alone = () => new EmbeddingMap(1, 3, 0);
        alone.Should().Throw<ArgumentOutOfRangeException>().WithMessage("count is 1; expected a whole number from 2*");
    }
}

/// <summary>An embedding is a shorter form of a linear map of one-hot inputs.</summary>
public sealed class EmbeddingMapTests : MapLaws
{
    private const long Count = 5;

    protected override BilinearMap Map => new EmbeddingMap(Count, 3);

    protected override Tensor Input(long draws) => randint(Count, [draws, 3, 2], dtype: int64);

    private readonly EmbeddingMap _map = new(Count, 3);
    private readonly LinearMap _oneHotMap = new(Count, 3);
    private readonly Tensor _indices = tensor(new long[] { 0, 4, 1, 1, 3, 2 }).reshape(1, 3, 2);

    private static Tensor OneHot(Tensor indices) => nn.functional.one_hot(indices, Count).to(float64);

    [Fact]
    public void It_matches_the_linear_map_of_one_hot_inputs()
    {
        Tensor weight = Normal(Count, 3), bias = Normal(3);
        ShouldBeClose(_map.Apply(_indices, weight, bias), _oneHotMap.Apply(OneHot(_indices), weight.t(), bias), 1e-14);
        ShouldBeClose(_map.ApplyToVariance(_indices, weight.square(), bias.square()),
            _oneHotMap.ApplyToVariance(OneHot(_indices), weight.square().t(), bias.square()), 1e-14);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Weights_of_many_draws_match_each_draw_alone(long draws)
    {
        Tensor weights = Normal(4, Count, 3), biases = Normal(4, 3);
        var indices = draws == 1 ? _indices : randint(Count, [4, 3, 2], dtype: int64);
        ShouldBeClose(_map.ApplyPerDraw(indices, weights, biases), _oneHotMap.ApplyPerDraw(OneHot(indices), weights.transpose(1, 2), biases), 1e-14);
        _map.ApplyPerDraw(indices, weights).shape.Should().Equal(4, 3, 2, 3);
    }

    [Fact]
    public void A_symbol_has_the_same_vector_at_every_place_of_a_draw()
    {
        var weight = new MeanFieldNormal(Normal(Count, 3), Normal(Count, 3));
        foreach (Estimator estimator in new Estimator[] { new Reparameterization(2), new Flipout(2) })
        {
            var outputs = estimator.Estimate(_map, tensor(new long[] { 1, 1 }).reshape(1, 1, 2), weight, null);
            ShouldBeClose(outputs.select(2, 0), outputs.select(2, 1), 0);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void An_index_outside_the_table_is_refused(long index)
    {
        var act = () => _map.Apply(tensor(new[] { 0L, index }).unsqueeze(0), Normal(Count, 3));
        act.Should().Throw<ArgumentException>().WithMessage($"The input has the index {index}; expected 0 to 4*");
        var perDraw = () => _map.ApplyPerDraw(tensor(new[] { 0L, index }).unsqueeze(0), Normal(2, Count, 3));
        perDraw.Should().Throw<ArgumentException>().WithMessage($"The input has the index {index}; expected 0 to 4*");
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    public void Sizes_below_one_are_refused(long count, long size)
    {
        var act = () => new EmbeddingMap(count, size);
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*expected a whole number of at least 1*");
    }
}
