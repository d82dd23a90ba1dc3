using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Tests.Precision;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A row's prediction does not depend on other rows: a module that mixes rows is refused, and all others are accepted.</summary>
public sealed class RowMixingTests : TorchTest
{
    private static readonly GaussianLikelihood Likelihood = new(1);

    /// <summary>TorchSharp's modules that keep rows apart, with the shape of a row.</summary>
    private static readonly (Func<Module<Tensor, Tensor>> Make, long[] Row)[] Usual =
    [
        (() => Linear(4, 3), [4]), (() => Linear(4, 3), [5, 4]), (() => Identity(), [4]), (() => Flatten(), [2, 3]),
        (() => Unflatten(1, [2, 3]), [6]),
        (() => BatchNorm1d(4), [4]), (() => BatchNorm1d(4), [4, 5]), (() => BatchNorm2d(2), [2, 4, 4]), (() => BatchNorm3d(2), [2, 3, 3, 3]),
        (() => LayerNorm(4), [4]), (() => GroupNorm(2, 4), [4, 5]), (() => InstanceNorm1d(4), [4, 5]), (() => InstanceNorm2d(2), [2, 4, 4]),
        (() => LocalResponseNorm(2), [4, 5]),
        (() => Conv1d(2, 3, 3), [2, 7]), (() => Conv2d(2, 3, 3, padding: 1), [2, 5, 5]), (() => Conv3d(2, 3, 2), [2, 4, 4, 4]),
        (() => ConvTranspose2d(2, 3, 2), [2, 4, 4]),
        (() => MaxPool1d(2), [2, 6]), (() => MaxPool2d(2), [2, 6, 6]), (() => MaxPool2d(2, padding: 1), [2, 6, 6]), (() => AvgPool2d(2), [2, 6, 6]),
        (() => AdaptiveAvgPool2d(1), [2, 6, 6]),
        (() => AdaptiveMaxPool2d([2, 2]), [2, 6, 6]), (() => LPPool2d(2, [2, 2]), [2, 6, 6]), (() => Dropout(0.5), [4]),
        (() => Dropout2d(0.5), [2, 4, 4]), (() => AlphaDropout(0.5), [4]),
        (() => Softmax(1), [4]), (() => Softmax(-1), [3, 4]), (() => LogSoftmax(1), [4]), (() => Softmin(1), [4]), (() => Softmax2d(), [2, 4, 4]),
        (() => GLU(1), [4]), (() => PReLU(4), [4]),
        (() => RReLU(), [4]), (() => ReLU(), [4]), (() => ReLU(inplace: true), [4]), (() => Tanh(), [4]), (() => Sigmoid(), [4]), (() => GELU(), [4]),
        (() => Softplus(), [4]),
        (() => Upsample(scale_factor: [2]), [2, 6]), (() => PixelShuffle(2), [4, 3, 3]), (() => ZeroPad2d(1), [2, 3, 3]),
        (() => ReflectionPad1d(1), [2, 4]), (() => ChannelShuffle(2), [4, 3, 3]),
        (() => Fold((4, 4), (2, 2)), [4, 9]), (() => Unfold((2, 2)), [1, 4, 4]), (() => new TurnedEncoder(), [5, 8]),
        (() => Sequential(Linear(4, 4), Tanh(), Sequential(BatchNorm1d(4))), [4]),
        (() => Sequential(new Turned(), TransformerEncoderLayer(8, 2, 16), new Turned()), [5, 8]), (() => new Own(x => x.round()), [4]),
        (() => new Own(x => x + randn_like(x)), [4]),
        (() => new Own(x => x.div(x.sum(1, keepdim: true))), [4]),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Usual.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Modules_that_keep_rows_apart_pass(int index)
    {
        var (make, row) = Usual[index];
        foreach (bool isBehindDraws in new[] { false, true })
        {
            var module = make();
            if (module is TorchSharp.Modules.ConvTranspose2d transposed)
                Assert.SkipUnless(NativeRowsAreApart(transposed, row),
                    "libtorch computes transposed convolutions of a batch wrongly on this processor.");
            using var model = isBehindDraws ? new BayesianSequential(new MonteCarloDropout(0.1), module) : new BayesianSequential(module);
            foreach (long rows in new[] { 1L, 2, 7 })
                new MonteCarloPredictive(model, Likelihood, 2, seed: 1).Invoking(p => p.forward(randn([rows, .. row])).Dispose())
                    .Should().NotThrow(module.GetName());
        }
    }

    // oneDNN 3.7.1 does not on some processors (docs/troubleshooting.md); a prediction then refuses the module, as it should.
    private static bool NativeRowsAreApart(TorchSharp.Modules.ConvTranspose2d module, long[] row)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var rows = randn([3, .. row]);
        var alone = cat([.. Enumerable.Range(0, 3).Select(each => module.call(rows.narrow(0, each, 1)))], 0);
        return module.call(rows).allclose(alone, rtol: 0, atol: 1e-4);
    }

    public static TheoryData<string> Layers => [.. LayerCases.Layers.Select(layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void No_layer_of_this_library_mixes_rows(string name)
    {
        var (_, make, input) = LayerCases.Layers.Single(layer => layer.Name == name);
        foreach (var dtype in new[] { float32, float64 })
        {
            using var layer = make(dtype);
            layer.eval();
            using var noGrad = no_grad();
            var rows = RowMixing.Rows(input(dtype)).WithDraws();
            RowMixing.Find(layer, rows, Pass(rows), Pass).Should().BeNull();

            Tensor Pass(IReadOnlyList<Tensor> values) => layer.Propagate(values[0], PosteriorMean.Instance);
        }
    }

    /// <summary>Modules that mix rows, and what the message names.</summary>
    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, string Named)> Mixing = new()
    {
        ["a mean over the batch"] = (() => new Own(x => x - x.mean([0L], keepdim: true)), "Own '1'"),
        ["a row that sees those before"] = (() => new Own(x => x.cumsum(0)), "Own '1'"),
        ["a row that sees those after"] = (() => new Own(x => x.flip(0).cumsum(0).flip(0)), "Own '1'"),
        ["softmax over the batch"] = (() => Softmax(0), "Softmax '1'"),
        ["inside a sequential"] = (() => Sequential(Tanh(), Sequential(Linear(8, 8), new Own(x => x.softmax(0)))), "Own '1.1.1'"),
        ["an attention without an axis of the batch"] = (() => new Own(x => x.mm(x.t()).softmax(1).mm(x)), "Own '1'"),
        ["a bayesian module of one's own"] = (() => new OwnMixing(), "OwnMixing '1'"),
        ["inside a bayesian module of one's own"] = (() => new OwnBlock(new Own(x => x.cumsum(0))), "Own '1.inner'"),
        ["whole numbers"] =
            (() => Sequential(new Own(x => x.mul(10).to(int64)), new Own(x => x.cumsum(0)), new Own(x => x.to(float32))), "Own '1.1'"),
    };

    public static TheoryData<string> MixingNames => [.. Mixing.Keys];

    [Theory]
    [MemberData(nameof(MixingNames))]
    public void A_module_that_mixes_rows_is_refused_with_its_path(string name)
    {
        var (make, named) = Mixing[name];
        foreach (var first in new Module<Tensor, Tensor>[] { Linear(8, 8), new BayesianLinear(8, 8) })
        {
            using var model = new BayesianSequential(first, make(), new MonteCarloDropout(0.1));
            foreach (long rows in new[] { 1L, 6 })
                new MonteCarloPredictive(model, Likelihood, 2, seed: 1).Invoking(p => p.forward(randn(rows, 8)))
                    .Should().Throw<InvalidOperationException>()
                    .WithMessage($"{named} mixes the rows of a batch: beside other rows, a row's output differs by up to *");
        }
    }

    [Fact]
    public void A_custom_model_that_mixes_rows_is_named()
    {
        using var model = new OwnMixing();
        new MonteCarloPredictive(model, Likelihood, 2, seed: 1).Invoking(p => p.forward(randn(6, 8)))
            .Should().Throw<InvalidOperationException>().WithMessage("OwnMixing mixes the rows*");
    }

    [Fact]
    public void Rows_of_NaN_do_not_hide_mixing()
    {
        using var model = new BayesianSequential(new Own(x => x.cumsum(0)), new BayesianLinear(8, 1));
        new MonteCarloPredictive(model, Likelihood, 2, seed: 1).Invoking(p => p.forward(full(3, 8, float.NaN)))
            .Should().Throw<InvalidOperationException>().WithMessage("*mixes the rows*");
    }

    [Fact]
    public void Each_shape_is_checked_once()
    {
        int calls = 0;
        using var model = new BayesianSequential(new BayesianLinear(8, 8), new Own(x =>
        {
            calls++;
            return x.alias();
        }));
        var predictive = new MonteCarloPredictive(model, Likelihood, 2, seed: 1);
        var counts = new List<int>();
        foreach (var input in new[] { randn(5, 8), randn(9, 8), randn(5, 2, 8), randn(5, 8), randn(5, 8) })
        {
            calls = 0;
            predictive.forward(input).Dispose();
            counts.Add(calls);
        }
        counts.Should().Equal(4, 1, 4, 4, 1);
    }

    [Fact]
    public void A_module_with_the_sequence_in_axis_0_is_refused_by_name()
    {
        foreach (var module in new Module<Tensor, Tensor>[] { TransformerEncoderLayer(8, 2, 16),
            Sequential(Linear(8, 8), TransformerEncoderLayer(8, 2, 16)), Sequential(Sequential(TransformerEncoderLayer(8, 2, 16))) })
        {
            var act = () => new BayesianSequential(new BayesianLinear(8, 8), module);
            act.Should().Throw<ArgumentException>()
                .WithMessage("TransformerEncoderLayer takes the sequence on axis 0, so here it would mix the rows of a batch and the draws; wrap "
                    + "it*transpose(0, 1)*");
        }
    }

    [Fact]
    public void A_transposed_encoder_predicts_each_row_as_if_alone()
    {
        using var model = new BayesianSequential(new BayesianLinear(8, 8), new TurnedEncoder(), Flatten(), new BayesianLinear(40, 1));
        var input = randn(6, 5, 8);
        var predictive = new MonteCarloPredictive(model, Likelihood, 20, seed: 1);
        using Predictive together = predictive.forward(input), alone = predictive.forward(input.narrow(0, 2, 1));
        ShouldBeClose(alone.Mean, together.Mean.narrow(0, 2, 1), 1e-5);
    }

    private sealed class Own(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>(nameof(Own))
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    private sealed class Turned() : Module<Tensor, Tensor>(nameof(Turned))
    {
        public override Tensor forward(Tensor input) => input.transpose(0, 1);
    }

    private sealed class TurnedEncoder : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.TransformerEncoderLayer encoder = TransformerEncoderLayer(8, 2, 16);

        public TurnedEncoder() : base(nameof(TurnedEncoder)) => RegisterComponents();

        public override Tensor forward(Tensor input) => encoder.call(input.transpose(0, 1)).transpose(0, 1);
    }

    private sealed class OwnMixing : BayesianModule
    {
        private readonly BayesianLinear layer = new(8, 8);

        public OwnMixing() : base(nameof(OwnMixing)) => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return layer.Propagate(input, pass).softmax(1).MoveToOuterDisposeScope();
        }
    }

    private sealed class OwnBlock : BayesianModule
    {
        private readonly Module<Tensor, Tensor> inner;

        public OwnBlock(Module<Tensor, Tensor> given) : base(nameof(OwnBlock))
        {
            inner = given;
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass) => ApplyPlain(inner, input, pass);
    }
}
