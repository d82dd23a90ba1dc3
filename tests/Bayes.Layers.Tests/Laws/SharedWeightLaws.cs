using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Laws;

/// <summary>
/// A parameter is one random variable in a pass, however often it is used. A fault of another library: weights are drawn anew at each use, so
/// that the trained model is not the one that predicts.
/// </summary>
public abstract class SharedWeightLaws : TorchTest
{
    /// <summary>Makes a new module on the CPU with freshly drawn parameters.</summary>
    protected abstract BayesianModule Create(ScalarType dtype = ScalarType.Float64);

    /// <summary>Returns a Float64 input [batch, …] that fits, or indices.</summary>
    protected abstract Tensor Input(long batch);

    /// <summary>Returns all inputs, of a module with several.</summary>
    protected virtual NetworkInput Inputs(long batch) => Input(batch);

    /// <summary>
    /// Whether the module has randomness besides its weights, such as dropout, whose noise belongs to the module and not to parameters.
    /// </summary>
    protected virtual bool HasNoiseOfItsOwn => false;

    /// <summary>Whether the module's weights are those of Bayesian layers, which can be shared with another module.</summary>
    protected virtual bool HasLayers => true;

    /// <summary>Whether the module takes only estimators that draw weights.</summary>
    protected virtual bool NeedsDrawnWeights => false;

    /// <summary>Whether a gradient reaches the weights that <c>Sample</c> draws.</summary>
    protected virtual bool CarriesGradient => true;

    public static TheoryData<string> Estimators => [.. Makers.Keys];

    private static readonly Dictionary<string, Func<Estimator>> Makers = new()
    {
        ["one draw"] = () => new Reparameterization(),
        ["draws"] = () => new Reparameterization(3),
        ["antithetic"] = () => new Reparameterization(4, antithetic: true),
        ["local"] = () => new LocalReparameterization(3),
        ["local by place"] = () => new LocalReparameterization(3, isIndependentByPlace: true),
        ["flipout"] = () => new Flipout(3),
        ["named"] = () => new PosteriorDraws(seed: 5, count: 3),
        ["mean"] = () => PosteriorMean.Instance,
    };

    [Theory]
    [MemberData(nameof(Estimators))]
    public void Two_uses_in_one_pass_share_one_function(string name)
    {
        using var module = Create();
        using var twice = new Difference(module, module);
        var input = Inputs(4);
        if (NeedsDrawnWeights && name is "local" or "local by place" or "flipout")
        {
            twice.Invoking(_ => Run(twice, input, name)).Should().Throw<InvalidOperationException>().WithMessage("*needs the map of a layer*");
            return;
        }
        ShouldBeClose(Run(twice, input, name), Run(twice, input, name).mul(0), 0, "the same function was subtracted from itself");
        if (name != "mean")
            ShouldDiffer(Run(module, input, name)[0], Run(module, input, "mean")[0], "the function itself is random");
    }

    [Theory]
    [MemberData(nameof(Estimators))]
    public void Two_layers_with_shared_parameters_share_one_function(string name)
    {
        if (HasNoiseOfItsOwn || !HasLayers)
            return;
        using BayesianModule module = Create(), other = Create();
        Tie(other, module);
        using var twice = new Difference(module, other);
        var output = Run(twice, Inputs(4), name);
        ShouldBeClose(output, output.mul(0), 0);
    }

    [Fact]
    public void Shared_parameters_count_once()
    {
        if (!HasLayers)
            return;
        using BayesianModule module = Create(), other = Create();
        Tie(other, module);
        using var twice = new Difference(module, other);
        ShouldBeClose(twice.KlDivergence(), module.KlDivergence(), 1e-15);
        twice.Variables().Should().HaveSameCount(module.Variables());
        if (!Layers(module).Any())
            return;
        PosteriorDiagnostics.Of(twice).Count.Should().Be(PosteriorDiagnostics.Of(module).Count);
        PosteriorDiagnostics.Of(twice).KlDivergence.Should().BeApproximately(PosteriorDiagnostics.Of(module).KlDivergence, 1e-9);
    }

    [Fact]
    public void Shared_parameters_stay_shared_when_they_are_moved()
    {
        using BayesianModule module = Create(), other = Create();
        Tie(other, module);
        using var twice = new Difference(module, other);
        twice.to(float32);
        foreach (var (mine, given) in Layers(other).Zip(Layers(module)))
        {
            mine.weight_mu.Should().BeSameAs(given.weight_mu);
            mine.weight_log_var.Should().BeSameAs(given.weight_log_var);
            mine.bias_mu.Should().BeSameAs(given.bias_mu);
            mine.parameters(recurse: false).Should().Equal(given.parameters(recurse: false), ReferenceEquals);
        }
        twice.parameters().Should().OnlyContain(parameter => parameter.dtype == ScalarType.Float32);
        ShouldBeFinite(twice.KlDivergence());
    }

    [Fact]
    public void Layers_that_share_only_a_mean_are_refused()
    {
        using BayesianModule module = Create(), other = Create();
        if (!Layers(module).Any())
            return;
        foreach (var (to, from) in Layers(other).Zip(Layers(module)))
            to.weight_mu = from.weight_mu;
        using var twice = new Difference(module, other);
        twice.Invoking(m => m.KlDivergence())
            .Should().Throw<InvalidOperationException>().WithMessage("*shares weight_mu*weight_log_var not; share both, or neither.");
        twice.Invoking(m => m.Sample(Inputs(4), 2))
            .Should().Throw<InvalidOperationException>().WithMessage("*share both weight_mu and weight_log_var, or neither.");
    }

    /// <summary>The gradient of a step through two uses is the sum of what each use contributes.</summary>
    [Fact]
    public void The_gradient_of_two_uses_is_that_of_one_variable()
    {
        if (!CarriesGradient)
            return;
        using BayesianModule module = Create(), alone = Create();
        alone.load_state_dict(module.state_dict());
        var input = Inputs(4);
        using TorchNoise noise = new(3), same = new(3);
        using var twice = new Difference(module, module) { Weight = -2 };
        twice.Sample(input, new Reparameterization(2, noise)).square().sum().backward();
        alone.Sample(input, new Reparameterization(2, same)).mul(3).square().sum().backward();
        foreach (var (mine, expected) in module.parameters().Zip(alone.parameters()))
            if (expected.grad is { } gradient)
                ShouldBeClose(mine.grad!, gradient, 1e-10);
    }

    private static Tensor Run(BayesianModule module, NetworkInput input, string name)
    {
        var estimator = Makers[name]();
        using var draws = estimator as IDisposable;
        return module.Sample(input, estimator);
    }

    private static IEnumerable<BayesianLayer> Layers(BayesianModule module) => module.BayesianModules().OfType<BayesianLayer>();

    private static void Tie(BayesianModule to, BayesianModule from)
    {
        to.load_state_dict(from.state_dict());
        foreach (var (mine, other) in Layers(to).Zip(Layers(from)))
            foreach (var (own, given) in mine.OwnVariables.Zip(other.OwnVariables))
                own.Replace(given.Posterior.Parameters.Select(each => (Parameter)each.Value));
    }

    /// <summary>The difference of two modules' outputs.</summary>
    private sealed class Difference : BayesianModule
    {
        private readonly BayesianModule _first;
        private readonly BayesianModule _second;

        public Difference(BayesianModule first, BayesianModule second) : base(nameof(Difference))
        {
            (_first, _second) = (first, second);
            register_module("first", first);
            if (!ReferenceEquals(first, second))
                register_module("second", second);
        }

        public double Weight { get; init; } = 1;

        public override Tensor Propagate(Tensor input, Pass pass) => PropagateInputs([input], pass);

        internal override Tensor PropagateInputs(IReadOnlyList<Tensor> inputs, Pass pass)
        {
            using var scope = NewDisposeScope();
            return (_first.PropagateInputs(inputs, pass) - Weight * _second.PropagateInputs(inputs, pass)).MoveToOuterDisposeScope();
        }
    }
}
