using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianPositionalEmbeddingTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianPositionalEmbedding(4, 3, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4, 3);

    protected override IEnumerable<string> Keys => ["positions.weight_mu", "positions.weight_log_var"];

    [Fact]
    public void Each_draw_adds_its_vector_of_each_step_to_every_row()
    {
        using var module = new BayesianPositionalEmbedding(7, 3, dtype: float64);
        var (noise, weights) = TorchTransformers.Drawn(module, 2);
        var input = Normal(3, 5, 3);
        var own = module.Sample(input, new Reparameterization(2, new GivenNoise(noise)));
        for (int s = 0; s < 2; s++)
            ShouldBeClose(own[s], input + weights[("positions", "weight")][s].narrow(0, 0, 5), 1e-14);
    }

    [Fact]
    public void Rows_have_vectors_of_their_own_where_the_estimator_says_so()
    {
        using var module = new BayesianPositionalEmbedding(7, 3, dtype: float64);
        var row = Normal(1, 5, 3);
        var output = module.Sample(cat([row, row, row, row, row, row]), new Flipout(2));
        ShouldDiffer(output.narrow(1, 0, 1).expand_as(output), output);
    }

    [Fact]
    public void A_sequence_that_is_too_long_is_refused()
    {
        using var module = new BayesianPositionalEmbedding(4, 3, dtype: float64);
        module.Invoking(each => each.forward(Normal(2, 5, 3))).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [2, 5, 3]; expected [batch, steps, 3] with 1 to 4 steps.*");
        module.Invoking(each => each.forward(Normal(2, 4, 2))).Should().Throw<ArgumentException>().WithMessage("The input has shape [2, 4, 2]*");
        FluentActions.Invoking(() => new BayesianPositionalEmbedding(0, 3)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("maximumSteps is 0*");
        module.ToString().Should().StartWith("BayesianPositionalEmbedding(4, 3\n");
    }

    [Theory]
    [InlineData(6)]
    [InlineData(5)]
    [InlineData(1)]
    public void Sinusoids_are_those_of_the_paper(long size)
    {
        using var module = new SinusoidalPositionalEmbedding();
        var output = module.call(zeros([2, 40, size], float64));
        for (int step = 0; step < 40; step++)
            for (int feature = 0; feature < size; feature++)
            {
                double angle = step / Math.Pow(10_000, 2.0 * (feature / 2) / size);
                Values(output[1, step, feature])[0].Should().BeApproximately(feature % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle), 1e-12);
            }
        using var layer = new BayesianLinear(size, size, dtype: float64);
        using BayesianSequential alone = new(layer), model = new(layer, module);
        using PosteriorDraws draws = new(seed: 3, count: 2), same = new(seed: 3, count: 2);
        var input = Normal(2, 40, size);
        ShouldBeClose(model.Sample(input, draws), alone.Sample(input, same) + output, 1e-13);
    }

    [Fact]
    public void Sinusoids_need_steps_and_numbers()
    {
        using var module = new SinusoidalPositionalEmbedding();
        module.Invoking(each => each.call(zeros(3))).Should().Throw<ArgumentException>()
            .WithMessage("The input has shape [3]; expected [batch, steps, features].*");
        module.Invoking(each => each.call(zeros([2, 3, 4], int64))).Should().Throw<ArgumentException>().WithMessage("the input's type is Int64*");
        long before = LiveTensors();
        using var output = module.call(zeros([2, 3, 4]));
        LiveTensors().Should().BeLessThanOrEqualTo(before + 2);
    }
}
