using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Prediction;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Managed passes of small fully connected networks match torch, and torch computes networks with unknown parts.</summary>
public sealed class DenseNetworkTests : TorchTest
{
    private static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> Activations = new()
    {
        ["tanh"] = () => Tanh(), ["sigmoid"] = () => Sigmoid(), ["relu"] = () => ReLU(), ["relu in place"] = () => ReLU(inplace: true),
        ["leaky"] = () => LeakyReLU(0.2),
        ["elu"] = () => ELU(0.7), ["selu"] = () => SELU(), ["celu"] = () => CELU(1.6), ["silu"] = () => SiLU(), ["gelu"] = () => GELU(),
        ["gelu by tanh"] = () => GELU(TorchSharp.Modules.GELU.Approximate.tanh), ["softplus"] = () => Softplus(),
        ["softplus of its own"] = () => Softplus(1.7, 2), ["log sigmoid"] = () => LogSigmoid(), ["mish"] = () => Mish(),
        ["relu6"] = () => ReLU6(), ["softsign"] = () => Softsign(),
        ["identity"] = () => Identity(),
    };

    public static TheoryData<string> Names => [.. Activations.Keys];

    private static BayesianSequential Stack(string activation, bool hasBias, params long[] widths) => new(
        widths.Zip(widths.Skip(1))
            .SelectMany(IEnumerable<Module<Tensor, Tensor>> (pair) => [
                new BayesianLinear(pair.First, pair.Second, hasBias, initializer: new NormalInitializer()), Activations[activation]()])
            .SkipLast(1));

    private static DenseNetwork? TryOf(BayesianModule model, Tensor input)
    {
        var (modules, values) = Behind(model, input);
        return DenseNetwork.TryOf(modules, RowsOfInput.Of(values));
    }

    // The part of a model that draws pass through, and the rows after the model's front.
    private static (IReadOnlyList<Module<Tensor, Tensor>> Modules, Tensor Values) Behind(BayesianModule model, Tensor input) =>
        model.SplitFront() is { } front
            ? (front.RestSteps ?? [], PassRun.Of(model, front.OfInputs, input.clone(), PosteriorMean.Instance).squeeze(0))
            : ([model], input);

    private static Tensor ShouldEqualTorch(BayesianModule model, Tensor input, int draws = 5, double tolerance = 1e-5)
    {
        model.eval();
        using var noGrad = no_grad();
        var network = TryOf(model, input);
        network.Should().NotBeNull();
        using var functions = new PosteriorDraws(3, draws, first: 2);
        functions.Bind(model);
        var found = network!.Sample(Behind(model, input).Values, functions);
        ShouldBeClose(found, model.Sample(input, functions), tolerance);
        found.requires_grad.Should().BeFalse();
        return found;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_function_matches_torch(string activation)
    {
        using var model = Stack(activation, hasBias: true, 3, 7, 6, 2);
        ShouldEqualTorch(model, randn(300, 3).mul(4));
        using var last = new BayesianSequential(new BayesianLinear(3, 4), Activations[activation]());
        ShouldEqualTorch(last, randn(70, 3).mul(20));
    }

    /// <summary>Numbers of draws and rows, and the widths of the layers.</summary>
    public static TheoryData<int, long, long[]> Sizes => new()
    {
        { 1, 1, [1, 1] }, { 1, 15, [3, 5] }, { 2, 16, [2, 5, 5, 1] }, { 100, 17, [2, 5, 5, 1] }, { 3, 255, [64, 64, 10] },
        { 3, 257, [1, 64, 3, 31, 1] }, { 4, 1_000, [8, 4, 8, 12, 16] },
        { 2, 33, [63, 2] }, { 2, 70, [200, 130, 3] }, { 3, 70, [300, 257, 129, 2] },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_size_matches_torch(int draws, long rows, long[] widths)
    {
        foreach (bool hasBias in new[] { true, false })
        {
            using var model = Stack("tanh", hasBias, widths);
            ShouldEqualTorch(model, randn(rows, widths[0]), draws);
        }
    }

    [Fact]
    public void Modules_before_and_between_random_layers_match_torch()
    {
        using var model = new BayesianSequential(
            Tanh(), Linear(3, 9), Sequential(ReLU(), Linear(9, 4, hasBias: false)),
            new BayesianSequential(new BayesianLinear(4, 6), Sequential(Sigmoid(), new BayesianLinear(6, 5))),
            Linear(5, 7), SiLU(), Identity(), new BayesianLinear(7, 2, hasBias: false));
        ShouldEqualTorch(model, randn(100, 3));
        using var layer = new BayesianLinear(5, 4);
        ShouldEqualTorch(layer, randn(20, 5));
    }

    [Fact]
    public void A_layer_used_twice_has_the_same_weights_twice()
    {
        var layer = new BayesianLinear(4, 4);
        using var model = new BayesianSequential(layer, Tanh(), layer);
        ShouldEqualTorch(model, randn(20, 4));
    }

    [Fact]
    public void Inputs_of_other_layouts_and_read_only_inputs_match_torch()
    {
        using var model = new BayesianSequential(ReLU(inplace: true), new BayesianLinear(4, 3));
        var input = randn(4, 50).transpose(0, 1);
        var before = input.clone();
        new MonteCarloPredictive(model, new GaussianLikelihood(1), 3, seed: 1).forward(input).Dispose();
        ShouldBeClose(input, before, 0);
        ShouldEqualTorch(model, input);
        ShouldEqualTorch(model, randn(60, 4).narrow(0, 7, 41));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NaN_and_infinity_stay_in_their_rows(string activation)
    {
        using var model = Stack(activation, hasBias: true, 3, 7, 2);
        model.eval();
        var input = randn(40, 3);
        var clean = Sample();
        input[3, 1] = float.NaN;
        input[20, 0] = float.PositiveInfinity;
        var found = Sample();
        Values(found[TensorIndex.Colon, 3]).Should().OnlyContain(value => double.IsNaN(value));
        foreach (long row in new long[] { 0, 2, 4, 19, 21, 39 })
            ShouldBeClose(found[TensorIndex.Colon, row], clean[TensorIndex.Colon, row], 0);
        using var functions = new PosteriorDraws(3, 4);
        using var noGrad = no_grad();
        found.allclose(model.Sample(input, functions), rtol: 1e-5, atol: 1e-5, equal_nan: true).Should().BeTrue();

        Tensor Sample()
        {
            using var functions = new PosteriorDraws(3, 4);
            functions.Bind(model);
            return TryOf(model, input)!.Sample(input, functions);
        }
    }

    [Fact]
    public void Blocks_of_rows_change_nothing_to_the_bit()
    {
        using var model = Stack("gelu", hasBias: true, 3, 9, 2);
        model.eval();
        var input = randn(700, 3);
        var network = TryOf(model, input)!;
        using var functions = new PosteriorDraws(3, 4);
        functions.Bind(model);
        var whole = network.Sample(input, functions);
        foreach (var (first, length) in new (long, long)[] { (0, 1), (1, 17), (250, 300), (699, 1) })
            ShouldBeClose(network.Sample(input.narrow(0, first, length), functions), whole.narrow(1, first, length), 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(300)]
    public void Registers_of_every_width_give_the_same(int rows)
    {
        using var model = Stack("tanh", hasBias: true, 3, 150, 2);
        BayesianLinear first = (BayesianLinear)model.children().First(), second = (BayesianLinear)model.children().Last();
        DenseStep.Layer[] layers = [Layer(first), Layer(second)];
        var steps = new DenseStep[] { layers[0], new DenseStep.Elementwise(ElementFunction.Tanh), layers[1] };
        using var functions = new PosteriorDraws(3, 4);
        functions.Bind(model);
        var weights = new DenseWeights(layers, [Weights(first), Weights(second)]);
        float[] input = randn(rows * 3).data<float>().ToArray();
        var wide = Pass(new DenseKernel<Lanes512>(steps));
        foreach (var kernel in new DenseKernel[] { new DenseKernel<Lanes256>(steps), new DenseKernel<Lanes128>(steps) })
            ShouldBeClose(tensor(Pass(kernel)), tensor(wide), 1e-6);

        float[] Pass(DenseKernel kernel)
        {
            var output = new float[4 * 2 * rows];
            kernel.Pass(input, rows, weights, 4, new float[kernel.RoomLength], output);
            return output;
        }

        static DenseStep.Layer Layer(BayesianLinear layer) =>
            new((int)layer.InputSize, (int)layer.OutputSize, HasBias: true, IsDrawn: true);

        (Tensor Weight, Tensor? Bias) Weights(BayesianLinear layer) =>
            (functions.Weights(layer.WeightPosterior), functions.Weights(layer.BiasPosterior!));
    }

    /// <summary>Unknown parts, which torch has to compute.</summary>
    public static TheoryData<string> Unknown =>
    [
        "dropout", "dropout of ours", "normalization", "softmax", "flatten", "another function", "a subclass",
        "a module of one's own", "an own model", "a hook", "a hook of a parent",
        "wide", "double precision", "double parameters", "an image", "nothing random", "an input that does not fit",
        "a weight in another layout",
    ];

    private static (BayesianModule Model, Tensor Input) Case(string name)
    {
        var input = randn(20, 4);
        BayesianLinear first = new(4, 6), second = new(6, 3);
        switch (name)
        {
            case "wide":
                return (new BayesianSequential(new BayesianLinear(4, 2_000), new BayesianLinear(2_000, 2)), input);
            case "double precision":
                return (new BayesianSequential(new BayesianLinear(4, 2, dtype: float64)), input.to(float64));
            case "double parameters":
                return (new BayesianSequential(new BayesianLinear(4, 2, dtype: float64)), input);
            case "an image":
                return (new BayesianSequential(first, second), randn(20, 5, 4));
            case "nothing random":
                return (new BayesianSequential(Linear(4, 2)), input);
            case "an input that does not fit":
                return (new BayesianSequential(first, second), randn(20, 5));
            case "a weight in another layout":
                var linear = Linear(6, 6);
                linear.weight = new(randn(6, 6).t());
                return (new BayesianSequential(first, linear, second), input);
            case "an own model":
                return (new OwnModel(first), input);
            case "a hook of a parent":
                var parent = new BayesianSequential(first, second);
                parent.register_forward_hook((_, _, output) => output);
                return (parent, input);
        }
        Module<Tensor, Tensor> between = name switch
        {
            "dropout" => Dropout(),
            "dropout of ours" => new MonteCarloDropout(),
            "normalization" => LayerNorm(6),
            "softmax" => Softmax(-1),
            "flatten" => Flatten(),
            "another function" => Hardswish(),
            "a subclass" => new Doubling(),
            "a module of one's own" => new Own(),
            _ => Hooked(),
        };
        return (new BayesianSequential(first, between, second), input);
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Unknown_modules_are_left_to_torch(string name)
    {
        var (model, input) = Case(name);
        model.eval();
        TryOf(model, input).Should().BeNull();
        model.Dispose();
    }

    [Fact]
    public void A_hook_makes_a_known_module_unknown()
    {
        var plain = Tanh();
        using var model = new BayesianSequential(new BayesianLinear(2, 3), plain);
        model.eval();
        TryOf(model, randn(5, 2)).Should().NotBeNull();
        int called = 0;
        plain.register_forward_hook((_, _, output) =>
        {
            called++;
            return output;
        });
        TryOf(model, randn(5, 2)).Should().BeNull();
        using var prediction = new MonteCarloPredictive(model, new GaussianLikelihood(1), 3, seed: 1).forward(randn(5, 2));
        called.Should().BeGreaterThan(0);
    }

    public static TheoryData<string> Likelihoods => ["logits", "probabilities", "classes", "gaussian", "gaussians", "student", "heteroscedastic"];

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Predictions_match_torch_with_any_blocks(string name)
    {
        (Likelihood likelihood, Tensor target) = name switch
        {
            "logits" => (new BernoulliLikelihood(), rand(2_500, 2)),
            "probabilities" => (new BernoulliLikelihood(BernoulliOutput.Probabilities), rand(2_500, 2)),
            "classes" => (new CategoricalLikelihood(), randint(0, 2, [2_500], int64)),
            "gaussian" => (new GaussianLikelihood(0.4), randn(2_500, 2)),
            "gaussians" => (new GaussianLikelihood([0.4, 2]), randn(2_500, 2)),
            "student" => ((Likelihood)new StudentTLikelihood(4, 0.5), randn(2_500, 2)),
            _ => (new HeteroscedasticGaussianLikelihood(), randn(2_500, 1)),
        };
        using var model = Stack("tanh", hasBias: true, 3, 8, 2);
        if (name == "probabilities")
            model.register_module("end", Sigmoid());
        using var whole = name == "probabilities" ? new BayesianSequential([.. model.children().Cast<Module<Tensor, Tensor>>()]) : model;
        var input = randn(2_500, 3);
        input[7, 2] = float.NaN;
        using var dense = Predict(MemoryBudget.Default);
        using var small = Predict(MemoryBudget.FromMebibytes(1));
        whole.register_forward_hook((_, _, output) => output);
        using var torchs = Predict(MemoryBudget.Default);
        foreach (var prediction in new[] { dense, small })
        {
            ShouldAgree(prediction, p => p.Samples);
            ShouldAgree(prediction, p => p.Mean);
            ShouldAgree(prediction, p => p.EpistemicStddev);
            ShouldAgree(prediction, p => p.AleatoricVariance);
            ShouldAgree(prediction, p => p.TotalStddev);
            ShouldAgree(prediction, p => p.LogPredictiveDensity);
            if (likelihood is ClassLikelihood)
                ShouldAgree(prediction, p => p.MutualInformation);
        }

        Predictive Predict(MemoryBudget budget) =>
            new MonteCarloPredictive(whole, likelihood, 70, seed: 5, budget: budget).Predict(input, target, keepSamples: true);

        void ShouldAgree(Predictive found, Func<Predictive, Tensor> quantity) =>
            quantity(found).allclose(quantity(torchs), rtol: 1e-5, atol: 1e-5, equal_nan: true).Should().BeTrue();
    }

    [Fact]
    public void Tolerance_and_first_draw_match_torch()
    {
        using var model = Stack("relu", hasBias: true, 3, 8, 2);
        var input = randn(300, 3);
        using var predictive = new MonteCarloPredictive(model, new CategoricalLikelihood(), 2_000, seed: 5, tolerance: 0.02);
        using var dense = predictive.Predict(input, firstDraw: 7);
        model.register_forward_hook((_, _, output) => output);
        using var torchs = predictive.Predict(input, firstDraw: 7);
        dense.SamplesUsed.Should().Be(torchs.SamplesUsed).And.BeInRange(64, 1_999);
        ShouldBeClose(dense.Mean, torchs.Mean, 1e-5);
    }

    [Fact]
    public void Threads_start_if_there_is_enough_work()
    {
        using var model = Stack("tanh", hasBias: true, 2, 5, 5, 1);
        model.eval();
        var network = TryOf(model, randn(5, 2))!;
        network.IsWorthThreads(100, 1_000).Should().BeFalse();
        network.IsWorthThreads(100, 250_000).Should().BeTrue();
        using var wide = Stack("relu", hasBias: true, 784, 512, 10);
        wide.eval();
        TryOf(wide, randn(5, 784))!.IsWorthThreads(10, 256).Should().BeTrue();
    }

    private static Module<Tensor, Tensor> Hooked()
    {
        var module = Tanh();
        module.register_forward_pre_hook((_, given) => given);
        return module;
    }

    private sealed class Doubling() : TorchSharp.Modules.Sequential(("0", Tanh()))
    {
        public override Tensor forward(Tensor input) => base.forward(input).mul(2);
    }

    private sealed class Own() : nn.Module<Tensor, Tensor>(nameof(Own))
    {
        public override Tensor forward(Tensor input) => input.mul(2);
    }

    private sealed class OwnModel : BayesianModule
    {
        private readonly BayesianLinear _layer;

        public OwnModel(BayesianLinear layer) : base(nameof(OwnModel))
        {
            _layer = layer;
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass) => _layer.Propagate(input, pass).mul(2);
    }
}
