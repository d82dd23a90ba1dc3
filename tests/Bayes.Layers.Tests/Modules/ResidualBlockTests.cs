using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A custom Bayesian module with a branch, from docs/writing-your-own-module.md.</summary>
public sealed class ResidualBlock : BayesianModule
{
    private readonly BayesianLinear first;
    private readonly BayesianLinear second;

    public ResidualBlock(long width, PosteriorInitializer? initializer = null, ScalarType? dtype = null) : base(nameof(ResidualBlock))
    {
        first = new BayesianLinear(width, width, initializer: initializer, dtype: dtype);
        second = new BayesianLinear(width, width, initializer: initializer, dtype: dtype);
        RegisterComponents();   // the fields' names become keys: first.weight_mu, …
    }

    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var inner = second.Propagate(first.Propagate(input, pass).tanh(), pass);
        return (input + inner).MoveToOuterDisposeScope();   // [1, B, …] + [S, B, …] is broadcast
    }
}

/// <summary>The block obeys the laws of modules without code of its own for them.</summary>
public sealed class ResidualBlockTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new ResidualBlock(4, dtype: dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => KeysOf("");

    /// <summary>Returns the keys of a block under a path.</summary>
    internal static IEnumerable<string> KeysOf(string path) =>
        from layer in new[] { "first", "second" }
        from parameter in new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }
        select $"{path}{layer}.{parameter}";
}

/// <summary>Makes a network of two blocks.</summary>
public sealed class ResidualNetworkTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new BayesianSequential(
        ("in", nn.Linear(3, 4, dtype: dtype)), ("block0", new ResidualBlock(4, dtype: dtype)), ("block1", new ResidualBlock(4, dtype: dtype)),
        ("out", nn.Linear(4, 2, dtype: dtype)));

    protected override Tensor Input(long batch) => Normal(batch, 3);

    protected override IEnumerable<string> Keys =>
        ["in.weight", "in.bias", .. ResidualBlockTests.KeysOf("block0."), .. ResidualBlockTests.KeysOf("block1."), "out.weight", "out.bias"];

    [Fact]
    public void It_trains()
    {
        random.manual_seed(1);
        var inputs = randn(1_000, 2);
        // No plane separates the classes.
        var targets = (inputs.prod(1, keepdim: true) > 0).to(float32);
        var start = new FanInInitializer(gain: 1);
        var model = new BayesianSequential(
            new BayesianLinear(2, 8, initializer: start), new ResidualBlock(8, start), new ResidualBlock(8, start),
            new BayesianLinear(8, 1, initializer: start));
        var loss = ElboLoss.Bernoulli(datasetSize: inputs.shape[0]);
        using var step = new VariationalStep(model, loss, parameters => optim.AdamW(parameters, lr: 1e-2));
        step.IsFast.Should().BeTrue();
        for (int i = 0; i < 400; i++)
            step.Run(inputs, targets).Dispose();
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 30, seed: 1).forward(inputs);
        Accuracy.Of(prediction.Mean, targets).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Kl_divergence_counts_each_layer_of_each_block_once()
    {
        using var network = Create();
        var layers = network.modules().OfType<BayesianLinear>().ToArray();
        layers.Should().HaveCount(4);
        ShouldBeClose(network.KlDivergence(), layers.Select(layer => layer.KlDivergence()).Aggregate((sum, next) => sum + next), 1e-13);
    }
}
