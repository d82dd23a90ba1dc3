using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianEmbeddingTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianEmbedding(5, 3, dtype: dtype);

    protected override Tensor Input(long batch) => arange(5, int64).repeat(batch).reshape(batch, 5);

    protected override Tensor As(Tensor input, ScalarType dtype) => input;

    protected override IEnumerable<string> Keys => ["weight_mu", "weight_log_var"];

    [Fact]
    public void Words_go_through_a_recurrent_network_to_a_prediction()
    {
        var model = new BayesianSequential(new BayesianEmbedding(6, 4), new BayesianGRU(4, 5, returnsSequence: false), new BayesianLinear(5, 2));
        var words = randint(6, [7, 9], dtype: int64);
        using var prediction = new MonteCarloPredictive(model, new CategoricalLikelihood(), 8, seed: 2).Predict(words);
        prediction.Mean.shape.Should().Equal(7, 2);
        ShouldBeFinite(prediction.MutualInformation);
        model.Sample(words, new LocalReparameterization(2)).sum().backward();
        model.parameters().First().grad!.abs().sum().ToDouble().Should().BePositive();
    }

    [Fact]
    public void Numbers_that_are_no_indices_are_refused()
    {
        using var layer = new BayesianEmbedding(5, 3);
        layer.Invoking(l => l.forward(randn(2, 3))).Should().Throw<ArgumentException>().WithMessage("The input is of type Float32; BayesianEmbedding expected Int64*");
        layer.Invoking(l => l.forward(tensor(new long[] { 0, 7 }))).Should().Throw<ArgumentException>().WithMessage("The input has the index 7; expected 0 to 4*");
    }
}
