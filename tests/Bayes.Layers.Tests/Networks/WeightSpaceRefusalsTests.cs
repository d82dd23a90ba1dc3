using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>What a network in weight space refuses, in one sentence; the network is unchanged afterwards.</summary>
public sealed class WeightSpaceRefusalsTests : TorchTest
{
    private static readonly BayesianConversion Whole = new() { Form = ConversionForm.WeightSpace };

    [Fact]
    public void A_forward_that_is_random_in_evaluation_mode()
    {
        RefusesSample(
            new Own(layer => input => layer.call(input) + randn(1, dtype: float64)), "The forward of the Own is random in evaluation mode: two "
            + "passes of a row with the same weights differ by *; expected that only the weights are random, so that each draw is one function. "
            + "Use MonteCarloDropout for dropout that stays on.");
        RefusesSample(
            new Own(layer => input => functional.dropout(layer.call(input), 0.5, training: true)),
            "The forward of the Own is random in evaluation mode: *");
    }

    [Fact]
    public void Dropout_that_is_off_in_evaluation_mode_is_none()
    {
        using var model = new Own(layer => input => functional.dropout(layer.call(input), 0.5, training: layer.training)).ToBayesian(Whole);
        model.Sample(Normal(3, 4), 2).shape.Should().Equal(2, 3, 4);
    }

    [Fact]
    public void A_forward_that_changes_its_parameters()
    {
        RefusesSample(
            new Own(layer => input =>
            {
                using (no_grad())
                    layer.weight.mul_(0.9);
                return layer.call(input);
            }), "The forward of the Own changes its parameter 'layer.weight', but the weights of a draw are fixed; expected a forward that only "
            + "reads its parameters.");
        var words = Embedding(7, 3, max_norm: 0.1, dtype: float64);
        FluentActions.Invoking(() =>
        {
            using var model = new OfWords(words).ToBayesian(Whole);
            using var noGrad = no_grad();
            model.Sample(tensor(new long[,] { { 1, 2 }, { 3, 4 } }), 2);
        }).Should().Throw<Exception>().Which.Message.Should().Match("*max_norm*").And.NotContain("\n");
    }

    [Fact]
    public void A_bag_of_words_with_a_largest_norm()
    {
        FluentActions.Invoking(() =>
        {
            using var model = new OfBags(EmbeddingBag(7, 3, max_norm: 0.1, dtype: float64)).ToBayesian(Whole);
            using var noGrad = no_grad();
            model.Sample(tensor(new long[,] { { 1, 2 }, { 3, 4 } }), 2);
        }).Should().Throw<InvalidOperationException>().WithMessage("The forward of the OfBags changes its parameter 'words.weight', *");
    }

    [Fact]
    public void A_network_that_takes_or_returns_something_else()
    {
        using var pairs = new ReturnsPair();
        pairs.Invoking(n => n.ToBayesian()).Should().Throw<ArgumentException>().WithMessage(
            "A ReturnsPair does not take one to four tensors and return one to three; expected an nn.Module<Tensor, Tensor>, or one with up to four "
            + "inputs or a tuple of outputs: wrap it in a module of your own with such a forward.*");
    }

    [Fact]
    public void A_network_with_a_bayesian_layer_inside()
    {
        using var network = new HoldsBayesian();
        network.Invoking(n => n.ToBayesian(Whole)).Should().Throw<ArgumentException>()
            .WithMessage("The network contains a BayesianLinear, which is already Bayesian; expected a plain network.*");
        using var model = new ResidualNetwork(3, 1).ToBayesian();
        model.Invoking(m => m.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("The network is a WeightSpaceModule, which is already Bayesian; expected a plain one.*");
    }

    [Fact]
    public void Options_that_select_nothing()
    {
        using var network = new ResidualNetwork(3, 1);
        network.Invoking(n => n.ToBayesian(Whole with { Select = (_, _) => false })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the ResidualNetwork became Bayesian: *").Which.Message.Should().NotContain("\n");
        network.Invoking(n => n.ToBayesian(Whole with { Paths = ["lyaer*"] })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the ResidualNetwork became Bayesian: *");
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        network.Invoking(n => n.ToBayesian(Whole)).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the ResidualNetwork became Bayesian: *");
    }

    [Fact]
    public void Dropout_alone_has_no_weights()
    {
        using var network = new ResidualNetwork(3, 1);
        network.Invoking(n => n.ToBayesian(Whole with { MonteCarloDropoutOnly = true })).Should().Throw<ArgumentException>()
            .WithMessage("MonteCarloDropoutOnly replaces modules, but weight space leaves a network as it is; expected ConversionForm.Layers.*");
    }

    [Fact]
    public void An_output_without_the_batch_on_axis_0()
    {
        RefusesSample(
            new Own(layer => input => layer.call(input).t()), "Own returned shape [4, 1] for 1 rows; expected [1, …]: the batch on axis 0.");
        RefusesSample(new Own(layer => input => layer.call(input).sum()), "Own returned shape [] for 1 rows; expected [1, …]: *");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_estimator_that_needs_the_map_of_a_layer(bool flipout)
    {
        using var model = new ResidualNetwork(4, 1).ToBayesian();
        Estimator estimator = flipout ? new Flipout(2) : new LocalReparameterization(2);
        string expected = $"'scale' cannot be integrated over: {estimator.GetType().Name} needs the map of a layer, which a network with a forward "
            + "of its own does not show; use Reparameterization.";
        model.Invoking(m => m.Sample(randn(3, 4), estimator)).Should().Throw<InvalidOperationException>().WithMessage(expected);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 3);
        var trainer = new VariationalTrainer(model, loss, new() { Epochs = 1, Estimator = estimator });
        trainer.Invoking(t => t.Fit(randn(3, 4), randn(3, 1))).Should().Throw<InvalidOperationException>().WithMessage(expected);
    }

    [Fact]
    public void A_gradient_through_native_code_in_a_loop_of_ones_own()
    {
        using var model = new SequenceNetwork(1).ToBayesian();
        model.Invoking(m => m.Sample(randn(3, 4), 2)).Should().Throw<InvalidOperationException>().WithMessage(
            "'lstm.weight_ih_l0' is read by native code (LSTM), through which no gradient reaches a drawn weight outside of a training step; train "
            + "the model with VariationalTrainer, or with VariationalStep in a loop of your own, and the estimator Reparameterization.");
        using (no_grad())
            model.Sample(randn(3, 4), 2).shape.Should().Equal(2, 3, 1);
    }

    [Fact]
    public void A_draw_needs_a_network_of_its_own()
    {
        var network = new ResidualNetwork(4, 1);
        Func<nn.Module>? copy = null;
        BayesianModule Of(Func<nn.Module>? made) => network.ToBayesian(new BayesianConversion { Copy = made });
        using var without = Of(copy);
        without.Invoking(m => m.ToDeterministic(seed: 1, draw: 0)).Should().Throw<InvalidOperationException>().WithMessage(
            "A draw of a ResidualNetwork needs a network of its own; expected WeightSpaceModule to have been made with a function that makes another "
            + "instance (BayesianConversion.Copy).");
        Of(() => network).Invoking(m => m.ToDeterministic(seed: 1, draw: 0)).Should().Throw<InvalidOperationException>()
            .WithMessage("BayesianConversion.Copy returned the network itself; expected another ResidualNetwork.");
        Of(() => nn.Linear(4, 1)).Invoking(m => m.ToDeterministic(seed: 1, draw: 0)).Should().Throw<InvalidOperationException>()
            .WithMessage("BayesianConversion.Copy returned a Linear; expected another ResidualNetwork.");
        Of(() => new ResidualNetwork(5, 1)).Invoking(m => m.ToDeterministic(seed: 1, draw: 0)).Should().Throw<Exception>()
            .Which.Message.Should().NotContain("\n");
        Of(() => new ResidualNetwork(4, 1)).ToDeterministic(seed: 1, draw: 0).Should().BeOfType<ResidualNetwork>();
    }

    [Fact]
    public void An_input_that_does_not_fit()
    {
        using var model = new ResidualNetwork(4, 1).ToBayesian();
        string before = Bits.Of(model);
        model.Invoking(m => m.Sample(randn(3, 5), 2)).Should().Throw<ArgumentException>()
            .WithMessage("The ResidualNetwork does not take an input of type Float32 and shape [*5]: mat1 and mat2 shapes cannot be multiplied *")
            .Which.Message.Should().NotContain("\n");
        model.Invoking(m => m.Sample(Normal(3, 4), 2)).Should().Throw<ArgumentException>().WithMessage("*type Float64*");
        model.Invoking(m => m.Sample(randn(0, 4), 2)).Should().Throw<ArgumentException>().WithMessage("*an empty batch; expected at least one row*");
        model.Invoking(m => m.Sample(tensor(1f), 2)).Should().Throw<ArgumentException>().WithMessage("The input is a scalar; expected [batch, …].*");
        Bits.Of(model).Should().Be(before);
    }

    [Fact]
    public void A_row_that_is_not_a_number_concerns_itself_alone()
    {
        using var model = new ResidualNetwork(4, 1).ToBayesian();
        var input = randn(3, 4);
        input[0] = tensor(float.NaN);
        var output = model.Sample(input, 2);
        Values(output.narrow(1, 0, 1)).Should().OnlyContain(value => double.IsNaN(value));
        ShouldBeFinite(output.narrow(1, 1, 2));
        Bits.Of(model).Should().NotBeEmpty();
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 3);
        new VariationalTrainer(model, loss, new() { Epochs = 1 }).Invoking(t => t.Fit(input, randn(3, 1))).Should().Throw<Exception>()
            .Which.Message.Should().NotContain("\n");
    }

    private static void RefusesSample(Module<Tensor, Tensor> network, string message)
    {
        using var model = network.ToBayesian(Whole);
        string before = Bits.Of(model);
        long live = LiveTensors();
        model.Invoking(m => m.Sample(Normal(3, 4), 2).Dispose()).Should().Throw<InvalidOperationException>().WithMessage(message);
        Bits.Of(model).Should().Be(before);
    }

    private sealed class Own : Module<Tensor, Tensor>
    {
        public readonly Linear layer = Linear(4, 4, dtype: float64);
        private readonly Func<Tensor, Tensor> _forward;

        public Own(Func<Linear, Func<Tensor, Tensor>> forward) : base(nameof(Own))
        {
            _forward = forward(layer);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _forward(input);
    }

    private sealed class OfWords : Module<Tensor, Tensor>
    {
        public readonly Embedding words;

        public OfWords(Embedding words) : base(nameof(OfWords))
        {
            this.words = words;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => words.call(input).sum(1);
    }

    private sealed class OfBags : Module<Tensor, Tensor>
    {
        public readonly EmbeddingBag words;

        public OfBags(EmbeddingBag words) : base(nameof(OfBags))
        {
            this.words = words;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => words.call(input);
    }

    private sealed class ReturnsPair : Module<Tensor, (Tensor, int)>
    {
        public readonly Linear layer = Linear(4, 4);

        public ReturnsPair() : base(nameof(ReturnsPair)) => RegisterComponents();

        public override (Tensor, int) forward(Tensor input) => (layer.call(input), 1);
    }

    private sealed class HoldsBayesian : Module<Tensor, Tensor>
    {
        public readonly Linear plain = Linear(4, 4);
        public readonly BayesianLinear layer = new(4, 4);

        public HoldsBayesian() : base(nameof(HoldsBayesian)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(plain.call(input));
    }
}
