using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>TorchSharp's transformers become Bayesian and plain again; their options, which it does not expose, are kept or refused.</summary>
public sealed class TransformerConversionTests : TorchTest
{
    private static T Prepared<T>(T module, ScalarType dtype = ScalarType.Float64) where T : nn.Module
    {
        using var noGrad = no_grad();
        module.to(dtype);
        foreach (var parameter in module.parameters())
            parameter.add_(randn(parameter.shape, float64).mul(0.3).to(dtype));
        module.eval();
        return module;
    }

    private static Tensor Padding()
    {
        var padding = zeros([3, 5], ScalarType.Bool);
        padding[1, 4] = tensor(true);
        padding[2, TensorIndex.Slice(2)] = tensor(true);
        return padding;
    }

    public static TheoryData<long, double, bool, long?> Attentions => new()
    {
        { 1, 0, true, null }, { 2, 0.1, true, null }, { 3, 0.5, false, null }, { 6, 0.9, true, 4 }, { 2, 0.25, false, 8 },
    };

    [Theory, MemberData(nameof(Attentions))]
    public void Attention_becomes_Bayesian_and_plain_again(long heads, double dropout, bool hasBias, long? keySize)
    {
        using var plain = Prepared(nn.MultiheadAttention(6, heads, dropout, hasBias, kdim: keySize, vdim: keySize));
        Tensor query = Normal(5, 3, 6), key = Normal(5, 3, keySize ?? 6), value = Normal(5, 3, keySize ?? 6);
        Tensor mask = Normal(5, 5), padding = Padding();
        var expected = plain.call(query, key, value, padding, true, mask).Item1;
        double[] before = [.. plain.parameters().SelectMany(Values)];
        using var model = plain.ToBayesian();
        plain.parameters().SelectMany(Values).Should().Equal(before, "the plain module stays as it is");
        plain.training.Should().BeFalse();
        ShouldBeClose(plain.call(query, key, value, padding, true, mask).Item1, expected, 0);
        (model.Heads, model.Dropout, model.HasBias, model.KeySize, model.SequenceFirst).Should().Be((heads, dropout, hasBias, keySize ?? 6, true));
        ShouldBeClose(Run(model, PosteriorMean.Instance), expected, 1e-12);

        using var back = model.ToMultiheadAttention();
        ShouldBeClose(back.call(query, key, value, padding, true, mask).Item1, expected, 1e-12);
        back.named_parameters().Select(each => each.name).Should().Equal(plain.named_parameters().Select(each => each.name));
        using var drawn = model.ToMultiheadAttention(seed: 2, draw: 3);
        using var draws = new PosteriorDraws(2, 1, 3);
        draws.Bind(model);
        ShouldBeClose(drawn.call(query, key, value, padding, true, mask).Item1, Run(model, draws), 1e-12);
        ShouldDiffer(drawn.call(query, key, value, padding, true, mask).Item1, expected);

        Tensor Run(BayesianMultiheadAttention attention, Estimator estimator)
        {
            using var pass = new Pass(estimator);
            return attention.Attend(query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0), pass, new(mask, padding)).squeeze(0);
        }
    }

    [Theory]
    [InlineData(1, 1, 0.1, nn.Activations.ReLU)]
    [InlineData(2, 3, 0, nn.Activations.GELU)]
    [InlineData(3, 6, 0.75, nn.Activations.ReLU)]
    public void An_encoder_becomes_Bayesian_and_plain_again(int count, long heads, double dropout, nn.Activations activation)
    {
        using var layer = nn.TransformerEncoderLayer(6, heads, 9, dropout, activation);
        using var plain = Prepared(nn.TransformerEncoder(layer, count));
        Tensor input = Normal(5, 3, 6), mask = Normal(5, 5), padding = Padding();
        var expected = plain.call(input, mask, padding);
        double[] before = [.. plain.parameters().SelectMany(Values)];
        using var model = plain.ToBayesian();
        plain.parameters().SelectMany(Values).Should().Equal(before, "the plain module stays as it is");
        plain.training.Should().BeFalse();
        model.Count.Should().Be(count);
        model.children().Cast<BayesianTransformerEncoderLayer>().Should().OnlyContain(each => each.Heads == heads && each.Dropout == dropout
            && each.Activation == activation && each.FeedForwardSize == 9 && each.SequenceFirst && !each.NormFirst);
        ShouldBeClose(Run(model, PosteriorMean.Instance), expected, 1e-12);
        ShouldBeClose(model.Sample(input, PosteriorMean.Instance)[0], plain.call(input), 1e-12);

        using var back = model.ToTransformerEncoder();
        ShouldBeClose(back.call(input, mask, padding), expected, 1e-12);
        using var drawn = model.ToTransformerEncoder(seed: 2, draw: 3);
        using var draws = new PosteriorDraws(2, 1, 3);
        draws.Bind(model);
        ShouldBeClose(drawn.call(input, mask, padding), Run(model, draws), 1e-12);
        ShouldDiffer(drawn.call(input, mask, padding), expected);
        using var sequence = model.ToDeterministic();
        sequence.children().Should().AllBeOfType<TransformerEncoderLayer>();
        ShouldBeClose(sequence.call(input), plain.call(input), 1e-12);

        Tensor Run(BayesianSequential layers, Estimator estimator)
        {
            using var pass = new Pass(estimator);
            return layers.children().Cast<BayesianTransformerEncoderLayer>()
                .Aggregate(input.unsqueeze(0), (value, each) => each.Attend(value, pass, new(mask, padding))).squeeze(0);
        }
    }

    [Fact]
    public void With_the_batch_first_a_converted_network_predicts()
    {
        using var network = nn.Sequential(
            ("embed", nn.Linear(3, 6, dtype: float64)), ("encode", Prepared(nn.TransformerEncoderLayer(6, 2, 8))),
            ("out", nn.Linear(6, 1, dtype: float64)));
        network.eval();
        var input = Normal(4, 5, 3);
        var expected = network.call(input.transpose(0, 1)).transpose(0, 1);
        using var same = network.ToBayesian();
        ShouldBeClose(same.Sample(input.transpose(0, 1), PosteriorMean.Instance)[0].transpose(0, 1), expected, 1e-12);
        using var turned = network.ToBayesian(new() { BatchFirst = true });
        ShouldBeClose(turned.Sample(input, PosteriorMean.Instance)[0], expected, 1e-12);
        using var prediction = new MonteCarloPredictive(turned, new BernoulliLikelihood(), samples: 4, seed: 1).Predict(input);
        prediction.Mean.shape.Should().Equal(4, 5, 1);
        same.Invoking(each => new MonteCarloPredictive(each, new BernoulliLikelihood(), samples: 4, seed: 1).Predict(input)).Should()
            .Throw<InvalidOperationException>().WithMessage("BayesianTransformerEncoderLayer 'encode' mixes the rows of a batch*");
        using var back = turned.ToDeterministic();
        ShouldBeClose(back.call(input), expected, 1e-12);
        using var again = back.ToBayesian();
        ShouldBeClose(again.Sample(input, PosteriorMean.Instance)[0], expected, 1e-12);
    }

    /// <summary>In a module that transposes, the rows of a check are where the layer does not look for them.</summary>
    [Fact]
    public void With_the_sequence_first_an_encoder_predicts_inside_a_module_that_transposes()
    {
        using var layer = nn.TransformerEncoderLayer(6, 2, 8);
        using var encoder = Prepared(nn.TransformerEncoder(layer, 2));
        using var model = new Transposing(encoder.ToBayesian());
        var input = Normal(4, 7, 6);
        using var prediction = new MonteCarloPredictive(model, new BernoulliLikelihood(), samples: 4, seed: 1).Predict(input);
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        ShouldBeClose(prediction.Mean, model.Sample(input, draws).sigmoid().mean([0L]), 1e-12);
    }

    private sealed class Transposing : BayesianModule
    {
        private readonly BayesianSequential encoder;

        public Transposing(BayesianSequential encoder) : base(nameof(Transposing))
        {
            this.encoder = encoder;
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return encoder.Propagate(input.transpose(1, 2), pass).transpose(1, 2).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void Priors_from_the_weights_are_those_of_each_projection()
    {
        using var plain = Prepared(nn.TransformerEncoderLayer(6, 2, 8));
        using var model = (BayesianTransformerEncoderLayer)plain.ToBayesian(new() { Moped = new Moped(delta: 0.2) });
        ShouldBeClose(
            ((PerWeightNormalPrior)model.Attention.Key.WeightPrior).Mean, plain.get_parameter("self_attn.in_proj_weight")!.narrow(0, 6, 6), 0);
        ShouldBeClose(model.Attention.Value.WeightPosterior.Stddev(), model.Attention.Value.weight_mu.abs().mul(0.2), 1e-2);
        using var stream = new MemoryStream();
        Bayes.Layers.Checkpoints.Checkpoint.Save(model, stream);
        stream.Position = 0;
        using var loaded = Bayes.Layers.Checkpoints.Checkpoint.LoadModel(stream);
        ShouldBeClose(loaded.Model.KlDivergence(), model.KlDivergence(), 1e-12);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 0.1)]
    [InlineData(ScalarType.Float32, 0.37)]
    [InlineData(ScalarType.Float32, 0)]
    [InlineData(ScalarType.BFloat16, 0.5)]
    public void Options_are_found_in_other_precisions(ScalarType type, double dropout)
    {
        using var layer = Prepared(nn.TransformerEncoderLayer(8, 4, 16, dropout, nn.Activations.GELU), type);
        using var model = (BayesianTransformerEncoderLayer)layer.ToBayesian();
        (model.Heads, model.Dropout, model.Activation, model.Attention.Dropout).Should().Be((4, dropout, nn.Activations.GELU, dropout));
        model.Inner.weight_mu.dtype.Should().Be(type);
        using var attention = Prepared(nn.MultiheadAttention(8, 4, dropout), type);
        using var other = attention.ToBayesian();
        (other.Heads, other.Dropout).Should().Be((4, dropout));
    }

    [Fact]
    public void The_options_do_not_depend_on_the_weights_and_the_seed_goes_on()
    {
        using var plain = nn.TransformerEncoderLayer(8, 2, 16, 0.2);
        using (no_grad())
            foreach (var parameter in plain.parameters())
                parameter.zero_();
        random.manual_seed(5);
        var expected = randn(3);
        random.manual_seed(5);
        EncoderOptions.Of(plain, plain.call).Should().Be(new EncoderOptions(2, nn.Activations.ReLU, 0.2));
        ShouldBeClose(randn(3), expected, 0);
        plain.training.Should().BeTrue();
        plain.parameters().Should().OnlyContain(parameter => parameter.abs().max().ToDouble() == 0 && parameter.requires_grad);
    }

    [Fact]
    public void What_cannot_be_kept_is_refused()
    {
        static void Refused(Action convert, string message) => convert.Should().Throw<ArgumentException>().WithMessage(message);
        using MultiheadAttention keys = nn.MultiheadAttention(4, 2, add_bias_kv: true), zero = nn.MultiheadAttention(4, 2, add_zero_attn: true);
        Refused(() => keys.ToBayesian(), "The MultiheadAttention cannot become Bayesian: it has add_bias_kv*");
        Refused(() => zero.ToBayesian(), "The MultiheadAttention cannot become Bayesian: it has add_zero_attn*");
        using var all = nn.MultiheadAttention(4, 2, dropout: 1);
        Refused(() => all.ToBayesian(), "*its dropout is 1, so it drops everything*");
        using var frozen = nn.MultiheadAttention(4, 2);
        frozen.named_parameters().First().parameter.requires_grad = false;
        Refused(() => frozen.ToBayesian(), "The MultiheadAttention cannot become Bayesian: its in_proj_weight is frozen*");

        using var attention = nn.MultiheadAttention(4, 2);
        Refused(() => attention.ToBayesian(new() { Form = ConversionForm.WeightSpace }), "Form is WeightSpace, *expected another form*");
        using var causal = new BayesianMultiheadAttention(4, 2, isCausal: true);
        Refused(() => causal.ToMultiheadAttention(), "A MultiheadAttention of TorchSharp has no isCausal*");
        using BayesianSequential first = new(new BayesianTransformerEncoderLayer(4, 2, 3, normFirst: true)), empty = new(),
            other = new(nn.Tanh()), unequal = new(new BayesianTransformerEncoderLayer(4, 2, 3), new BayesianTransformerEncoderLayer(4, 1, 3));
        Refused(() => first.ToTransformerEncoder(), "A TransformerEncoder of TorchSharp has no normFirst*");
        Refused(() => empty.ToTransformerEncoder(), "The sequence is empty; expected at least one layer.*");
        Refused(() => other.ToTransformerEncoder(), "Child 0 is a Tanh; expected a BayesianTransformerEncoderLayer.*");
        Refused(() => unequal.ToTransformerEncoder(), "The layers are of (*nhead=2*) and (*nhead=1*); expected equal ones.*");

        using var tied = new BayesianMultiheadAttention(4, 2);
        tied.Key.weight_mu = tied.Query.weight_mu;
        tied.Key.weight_log_var = tied.Query.weight_log_var;
        Refused(() => tied.ToMultiheadAttention(), "A weight of a MultiheadAttention is shared with another layer, but TorchSharp cannot replace*");
    }

    [Fact]
    public void Only_a_whole_layer_of_plain_projections_becomes_Bayesian()
    {
        using var model = new BayesianTransformerEncoderLayer(4, 2, 3, normFirst: true);
        using var plain = model.ToDeterministic();
        plain.Invoking(each => each.ToBayesian(new() { Select = (path, _) => path != "self_attn.q_proj" })).Should().Throw<ArgumentException>()
            .WithMessage("A PlainAttention becomes Bayesian as a whole, but its k_proj is selected and its q_proj is not*");
    }

    /// <summary>TorchSharp leaves the parameters of its native modules in the scope in which these were made.</summary>
    [Fact]
    public void A_module_from_a_conversion_outlives_the_scope()
    {
        using var model = new BayesianMultiheadAttention(4, 2);
        using BayesianSequential layers = new(new BayesianTransformerEncoderLayer(4, 2, 3, sequenceFirst: true));
        MultiheadAttention attention;
        TransformerEncoder encoder;
        nn.Module<Tensor, Tensor> sequence;
        using (NewDisposeScope())
            (attention, encoder, sequence) = (model.ToMultiheadAttention(), layers.ToTransformerEncoder(), layers.ToDeterministic());
        foreach (var module in new nn.Module[] { attention, encoder, sequence })
            using (module)
                module.parameters().Should().NotBeEmpty().And.OnlyContain(parameter => !parameter.IsInvalid);
    }

    [Fact]
    public void A_conversion_leaves_only_the_new_module()
    {
        using var encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 3), 2);
        long before = LiveTensors();
        using (encoder.ToBayesian())
        {
        }
        LiveTensors().Should().Be(before);
    }
}
