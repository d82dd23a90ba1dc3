using Bayes.Layers.Estimators;
using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

/// <summary>The custom modules of docs/writing-your-own-module.md.</summary>
public sealed class TwoBranches : BayesianModule
{
    private readonly nn.Module<Tensor, Tensor> plain;
    private readonly BayesianLinear bayesian;
    private readonly BayesianLinear head;

    public TwoBranches(long inputSize, long outputSize, ScalarType? dtype = null) : base(nameof(TwoBranches))
    {
        plain = nn.Sequential(nn.Linear(inputSize, 8, dtype: dtype), nn.LayerNorm(8, dtype: dtype), nn.ReLU());
        bayesian = new BayesianLinear(inputSize, 8, dtype: dtype);
        head = new BayesianLinear(16, outputSize, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var left = ApplyPlain(plain, input, pass);              // [1, B, 8]: computed once for all draws
        var right = bayesian.Propagate(input, pass).tanh();    // [S, B, 8]
        var both = cat([left.expand(right.shape), right], -1);
        return head.Propagate(both, pass).MoveToOuterDisposeScope();
    }
}

public sealed class TwoBranchesTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new TwoBranches(4, 3, dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys =>
    [
        "plain.0.weight", "plain.0.bias", "plain.1.weight", "plain.1.bias",
        "bayesian.weight_mu", "bayesian.weight_log_var", "bayesian.bias_mu", "bayesian.bias_log_var",
        "head.weight_mu", "head.weight_log_var", "head.bias_mu", "head.bias_log_var",
    ];

    [Fact]
    public void It_works_after_a_bayesian_layer()
    {
        using var network = new BayesianSequential(new BayesianLinear(4, 4, dtype: float64), Create());
        network.Sample(Input(2), 3).shape.Should().Equal(3, 2, 3);
    }
}

public sealed class Unrolled : BayesianModule
{
    private readonly BayesianLinear step;
    private readonly int times;

    public Unrolled(long width, int times, ScalarType? dtype = null) : base(nameof(Unrolled))
    {
        this.times = times;
        step = new BayesianLinear(width, width, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var apply = step.Fix(pass);     // looked up once; step.Propagate(state, pass) would use the same weights
        var state = input.alias();
        for (int i = 0; i < times; i++)
        {
            using var turn = NewDisposeScope();
            var next = (input + apply(state)).tanh().MoveToOuterDisposeScope();
            state.Dispose();
            state = next;
        }
        return state.MoveToOuterDisposeScope();
    }
}

public sealed class UnrolledTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new Unrolled(4, 3, dtype);

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => ["step.weight_mu", "step.weight_log_var", "step.bias_mu", "step.bias_log_var"];

    [Fact]
    public void All_uses_share_one_draw_of_the_weights()
    {
        using var module = Create();
        var noise = new GivenNoise(Normal(2, 4, 4), Normal(2, 4));
        module.Sample(Input(3), new Reparameterization(2, noise));
        noise.Left.Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_runs_with_estimators_that_have_noise_per_row(bool flipout)
    {
        using var module = Create();
        Estimator estimator = flipout ? new Flipout(2) : new LocalReparameterization(2);
        ShouldBeFinite(module.Sample(Input(3), estimator));
    }
}

public sealed class AdditiveNoise(double stddev) : BayesianModule(nameof(AdditiveNoise))
{
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        long[] shape = input.shape[1..];    // of one draw: [B, …]
        if (pass.Estimator.RowsShareFunctions)
            shape[0] = 1;                   // a draw is one function, the same for every row
        var noise = pass.StandardNormal(this, shape, input.dtype, input.device);
        var output = noise is null ? input.alias() : input + stddev * noise;
        return output.MoveToOuterDisposeScope();
    }
}

public sealed class AdditiveNoiseTests : ModuleLaws
{
    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) =>
        new BayesianSequential(("noise", new AdditiveNoise(0.1)), ("out", nn.Linear(4, 3, dtype: dtype)));

    protected override bool HasNoiseOfItsOwn => true;

    protected override Tensor Input(long batch) => Normal(batch, 4);

    protected override IEnumerable<string> Keys => ["out.weight", "out.bias"];

    [Fact]
    public void Named_draws_repeat()
    {
        using var module = Create();
        var input = Input(5);
        using PosteriorDraws draws = new(seed: 2, count: 3), same = new(seed: 2, count: 3);
        ShouldBeClose(module.Sample(input, same), module.Sample(input, draws), 0);
    }
}
