using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of recurrent layers. A test class of a recurrent layer inherits them.</summary>
public abstract class RecurrentLaws : ModuleLaws
{
    private const int InputSize = 3;
    private const int HiddenSize = 5;

    /// <summary>The settings of a layer that differ from the defaults.</summary>
    protected sealed record Build
    {
        public int Layers { get; init; } = 1;
        public bool HasBias { get; init; } = true;
        public bool Bidirectional { get; init; }
        public bool ReturnsSequence { get; init; } = true;
        public Prior? Prior { get; init; }
        public ScalarType Type { get; init; } = ScalarType.Float64;
    }

    protected abstract BayesianRecurrent Make(long inputSize, long hiddenSize, Build build);

    /// <summary>Makes TorchSharp's layer, with the batch first.</summary>
    protected abstract nn.Module Torchs(long inputSize, long hiddenSize, Build build);

    /// <summary>Runs TorchSharp's layer from a state and also returns the final state; states are <c>[layers · directions, B, hidden]</c>.</summary>
    protected abstract (Tensor Outputs, RecurrentState Final) CallFrom(nn.Module torchs, Tensor input, RecurrentState initial);

    /// <summary>Gets whether a state has a cell.</summary>
    protected abstract bool HasCell { get; }

    /// <summary>Returns the outputs of all steps and the final states [layers · directions, B, hidden] of TorchSharp's layer.</summary>
    protected abstract (Tensor Outputs, Tensor FinalStates) Call(nn.Module torchs, Tensor input);

    private BayesianRecurrent Make(Build? build = null) => Make(InputSize, HiddenSize, build ?? new Build());

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => Make(new Build { Layers = 2, Type = dtype });

    protected override Tensor Input(long batch) => Normal(batch, 4, InputSize);

    protected override IEnumerable<string> Keys =>
        from layer in new[] { "input_hidden_0", "hidden_hidden_0", "input_hidden_1", "hidden_hidden_1" }
        from parameter in new[] { "weight_mu", "weight_log_var", "bias_mu", "bias_log_var" }
        select $"{layer}.{parameter}";

    public static TheoryData<int, bool, bool> Builds =>
        new() { { 1, true, false }, { 1, false, false }, { 3, true, false }, { 1, true, true }, { 2, true, true } };

    /// <summary>Returns the output of TorchSharp's layer with weights [key of the child][weight or bias].</summary>
    private (Tensor Outputs, Tensor FinalStates) Reference(Build build, Func<string, string, Tensor> weightOf, Tensor input)
    {
        using var noGrad = no_grad();
        using var torchs = WithWeights(build, weightOf);
        return Call(torchs, input);
    }

    private (Tensor Outputs, RecurrentState Final) ReferenceFrom(Build build, Func<string, string, Tensor> weightOf, Tensor input,
        RecurrentState initial)
    {
        using var noGrad = no_grad();
        using var torchs = WithWeights(build, weightOf);
        return CallFrom(torchs, input, initial);
    }

    private nn.Module WithWeights(Build build, Func<string, string, Tensor> weightOf)
    {
        var torchs = Torchs(InputSize, HiddenSize, build);
        foreach (var (name, parameter) in torchs.named_parameters())
        {
            // weight_ih_l0_reverse
            string[] parts = name.Split('_', 3);
            string key = (parts[1] == "ih" ? "input_hidden_" : "hidden_hidden_") + parts[2][1..];
            parameter.copy_(weightOf(key, parts[0]));
        }
        return torchs;
    }

    private static BayesianLinear Child(BayesianRecurrent layer, string key) =>
        (BayesianLinear)layer.named_children().Single(child => child.name == key).module;

    private static WeightPosterior Posterior(BayesianLinear child, string parameter) =>
        parameter == "weight" ? child.WeightPosterior : child.BiasPosterior!;

    /// <summary>Returns noise for each weight in the order of a pass, and the weights of S draws with that noise, [S, …].</summary>
    private static (List<Tensor> Noise, Dictionary<(string Key, string Parameter), Tensor> Weights) Drawn(BayesianRecurrent layer, int samples)
    {
        var noise = new List<Tensor>();
        var weights = new Dictionary<(string, string), Tensor>();
        foreach (var (name, module) in layer.named_children())
            foreach (string parameter in layer.HasBias ? ["weight", "bias"] : new[] { "weight" })
            {
                var posterior = Posterior((BayesianLinear)module, parameter);
                var epsilon = Normal([samples, .. posterior.Mean.shape]);
                noise.Add(epsilon);
                weights[(name, parameter)] = (posterior.Mean + posterior.Stddev() * epsilon).detach();
            }
        return (noise, weights);
    }

    [Theory, MemberData(nameof(Builds))]
    public void The_posterior_mean_matches_torchs_layer(int layers, bool hasBias, bool bidirectional)
    {
        var build = new Build { Layers = layers, HasBias = hasBias, Bidirectional = bidirectional };
        using var layer = Make(build);
        var input = Normal(2, 7, InputSize);
        var (outputs, _) = Reference(build, (key, parameter) => Posterior(Child(layer, key), parameter).Mean, input);
        var own = layer.Sample(input, PosteriorMean.Instance);
        own.shape.Should().Equal(1, 2, 7, layer.OutputSize);
        ShouldBeClose(own.squeeze(0), outputs, 1e-13);
    }

    [Theory, MemberData(nameof(Builds))]
    public void Each_draw_matches_torchs_layer_with_its_weights(int layers, bool hasBias, bool bidirectional)
    {
        var build = new Build { Layers = layers, HasBias = hasBias, Bidirectional = bidirectional };
        using var layer = Make(build);
        var input = Normal(2, 7, InputSize);
        foreach (int samples in new[] { 1, 3 })
        {
            var (noise, weights) = Drawn(layer, samples);
            var own = layer.Sample(input, new Reparameterization(samples, new GivenNoise(noise)));
            for (int s = 0; s < samples; s++)
                ShouldBeClose(own[s], Reference(build, (key, parameter) => weights[(key, parameter)][s], input).Outputs, 1e-13, $"draw {s}");
        }
    }

    [Fact]
    public void Each_named_draw_matches_torchs_layer_with_its_weights()
    {
        var build = new Build { Layers = 2 };
        using var layer = Make(build);
        using var draws = new PosteriorDraws(seed: 9, count: 3);
        var input = Normal(2, 7, InputSize);
        var own = layer.Sample(input, draws);
        for (int s = 0; s < 3; s++)
            ShouldBeClose(own[s], Reference(build, (key, parameter) => WeightOf(key, parameter, s), input).Outputs, 1e-13, $"draw {s}");

        Tensor WeightOf(string key, string parameter, int s)
        {
            // The output of a layer for zeros is its bias; the outputs for unit vectors show its weight.
            var child = Child(layer, key);
            var apply = child.Fix(new Pass(draws));
            var bias = apply(zeros([1, 1, child.InputSize], float64))[s, 0];
            return parameter == "bias" ? bias : (apply(eye(child.InputSize, dtype: float64).unsqueeze(0))[s] - bias).t();
        }
    }

    [Fact]
    public void Each_row_of_flipout_matches_torchs_layer_with_the_rows_weights_at_every_step()
    {
        // Signs per step, or drawn anew at each step, would change the weights at each step.
        const int samples = 2, batch = 3;
        using var layer = Make();
        var input = Normal(batch, 7, InputSize);
        long rows = Child(layer, "input_hidden_0").OutputSize;
        Tensor Epsilon(string key, string parameter) => Normal([samples, .. Posterior(Child(layer, key), parameter).Mean.shape]);
        Tensor inputWeight = Epsilon("input_hidden_0", "weight"), inputBias = Epsilon("input_hidden_0", "bias");
        Tensor hiddenWeight = Epsilon("hidden_hidden_0", "weight"), hiddenBias = Epsilon("hidden_hidden_0", "bias");
        Tensor inputSigns = Normal(samples, batch, 1, InputSize), fromInputSigns = Normal(samples, batch, 1, rows);
        Tensor hiddenSigns = Normal(samples, batch, HiddenSize), fromHiddenSigns = Normal(samples, batch, rows);
        var noise = new GivenNoise(inputWeight, inputBias, inputSigns, fromInputSigns, hiddenWeight, hiddenBias, hiddenSigns, fromHiddenSigns);
        var own = layer.Sample(input, new Flipout(samples, noise));
        noise.Left.Should().Be(0);
        for (int s = 0; s < samples; s++)
            for (int row = 0; row < batch; row++)
                ShouldBeClose(own[s, row],
                    Reference(new Build(), (key, parameter) => WeightOf(key, parameter, s, row), input.narrow(0, row, 1)).Outputs[0], 1e-13);

        Tensor WeightOf(string key, string parameter, int s, int row)
        {
            var posterior = Posterior(Child(layer, key), parameter);
            var epsilon = key == "input_hidden_0" ? (weight: inputWeight, bias: inputBias) : (weight: hiddenWeight, bias: hiddenBias);
            var outputs = (key == "input_hidden_0" ? fromInputSigns : fromHiddenSigns)[s, row].flatten().sign();
            var inputs = (key == "input_hidden_0" ? inputSigns : hiddenSigns)[s, row].flatten().sign();
            return posterior.Mean
                + posterior.Stddev() * (parameter == "weight" ? epsilon.weight[s] * outputs.outer(inputs) : epsilon.bias[s] * outputs);
        }
    }

    [Fact]
    public void Local_reparameterization_does_not_integrate_a_weight_out_at_each_step()
    {
        using var layer = Make();
        var input = Input(4);
        random.manual_seed(3);
        var expected = layer.Sample(input, new Reparameterization(3));
        random.manual_seed(3);
        ShouldBeClose(layer.Sample(input, new LocalReparameterization(3)), expected, 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public void Weights_are_drawn_once_per_sequence(int steps)
    {
        using var layer = Make(new Build { Layers = 2, Bidirectional = true });
        var noise = new GivenNoise(Drawn(layer, 3).Noise);
        layer.Sample(Normal(2, steps, InputSize), new Reparameterization(3, noise));
        noise.Left.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public void The_divergence_counts_once_per_sequence(int steps)
    {
        using var layer = Make(new Build { Layers = 2 });
        var once = layer.children().Cast<BayesianLinear>().SelectMany(child => new[] { child.WeightPosterior, child.BiasPosterior! })
            .Select(posterior => NormalPrior.Standard.KlDivergence(posterior)).Aggregate((sum, next) => sum + next);
        ShouldBeClose(layer.SampleWithKl(Normal(2, steps, InputSize), new Reparameterization(3)).KlDivergence, once, 1e-13);
        ShouldBeClose(layer.KlDivergence(), once, 1e-13);
    }

    [Fact]
    public void A_prior_without_a_closed_form_gets_the_one_draw_of_a_pass()
    {
        using var layer = Make(new Build { Prior = new SumOfDraws() });
        var (noise, weights) = Drawn(layer, 3);
        var (_, divergence) = layer.SampleWithKl(Normal(2, 7, InputSize), new Reparameterization(3, new GivenNoise(noise)));
        ShouldBeClose(divergence, weights.Values.Select(each => each.sum()).Aggregate((sum, next) => sum + next), 1e-12);
    }

    [Fact]
    public void The_gradient_of_many_draws_is_the_mean_of_single_draw_gradients()
    {
        using var layer = Make(new Build { Layers = 2 });
        var input = Input(4);
        var noise = Drawn(layer, 3).Noise;
        var together = Gradients(new Reparameterization(3, new GivenNoise(noise)));
        var apart = Enumerable.Range(0, 3)
            .Select(s => Gradients(new Reparameterization(1, new GivenNoise(noise.Select(each => each.narrow(0, s, 1)))))).ToArray();
        for (int p = 0; p < together.Length; p++)
            ShouldBeClose(together[p], stack(apart.Select(each => each[p])).mean([0L]), 1e-12, $"parameter {p}");

        Tensor[] Gradients(Estimator estimator)
        {
            layer.zero_grad();
            layer.Sample(input, estimator).square().sum([1L, 2L, 3L]).mean().backward();
            return [.. layer.parameters().Select(parameter => parameter.grad!.clone())];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_final_state_matches_torchs_last_layer(bool bidirectional)
    {
        var build = new Build { Layers = 2, Bidirectional = bidirectional, ReturnsSequence = false };
        using var layer = Make(build);
        var input = Normal(2, 7, InputSize);
        var (_, states) = Reference(build, (key, parameter) => Posterior(Child(layer, key), parameter).Mean, input);
        int ways = bidirectional ? 2 : 1;
        var expected = cat([.. Enumerable.Range(0, ways).Select(way => states[2 * ways - ways + way])], -1);
        ShouldBeClose(layer.Sample(input, PosteriorMean.Instance).squeeze(0), expected, 1e-13);
        layer.Sample(input, 4).shape.Should().Equal(4, 2, layer.OutputSize);
        layer.forward(input).shape.Should().Equal(2, layer.OutputSize);
    }

    private RecurrentState State(Build build, long batch)
    {
        long count = build.Layers * (build.Bidirectional ? 2 : 1);
        return new RecurrentState(Normal(batch, count, HiddenSize), HasCell ? Normal(batch, count, HiddenSize) : null);
    }

    private static RecurrentState Map(RecurrentState state, Func<Tensor, Tensor> change) =>
        new(change(state.Hidden), state.Cell is { } cell ? change(cell) : null);

    private static void ShouldBeClose(RecurrentState actual, RecurrentState expected, double tolerance, string because = "")
    {
        ShouldBeClose(actual.Hidden, expected.Hidden, tolerance, because);
        (actual.Cell is null).Should().Be(expected.Cell is null);
        if (expected.Cell is { } cell)
            ShouldBeClose(actual.Cell!, cell, tolerance, because);
    }

    [Theory, MemberData(nameof(Builds))]
    public void With_an_initial_state_output_and_final_state_match_torchs_layer(int layers, bool hasBias, bool bidirectional)
    {
        var build = new Build { Layers = layers, HasBias = hasBias, Bidirectional = bidirectional };
        using var layer = Make(build);
        var (input, initial) = (Normal(2, 7, InputSize), State(build, 2));
        var (noise, weights) = Drawn(layer, 3);
        var (output, final) = layer.Sample(input, new Reparameterization(3, new GivenNoise(noise)), lengths: null, initial);
        for (int s = 0; s < 3; s++)
        {
            var (expected, end) = ReferenceFrom(build, (key, parameter) =>
                weights[(key, parameter)][s], input, Map(initial, state => state.transpose(0, 1).contiguous()));
            ShouldBeClose(output[s], expected, 1e-13, $"draw {s}");
            ShouldBeClose(Map(final, state => state[s]), Map(end, state => state.transpose(0, 1)), 1e-13, $"draw {s}");
        }
    }

    // Unidirectional only: the backward direction over a first part does not know the second.
    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void A_sequence_can_continue_from_the_final_state_of_its_first_part(int layers, bool hasBias)
    {
        var build = new Build { Layers = layers, HasBias = hasBias };
        using var layer = Make(build);
        using var draws = new PosteriorDraws(seed: 4, count: 2);
        var input = Normal(3, 7, InputSize);
        var (whole, end) = layer.Sample(input, draws, lengths: null);
        ShouldBeClose(whole, layer.Sample(input, draws), 0, "without lengths and states it is the ordinary pass");
        var (first, middle) = layer.Sample(input.narrow(1, 0, 4), draws, lengths: null);
        using var pass = new Pass(draws);
        var (second, final) = layer.Propagate(input.narrow(1, 4, 3).unsqueeze(0), pass, lengths: null, middle);
        ShouldBeClose(cat([first, second], 2), whole, 1e-13);
        ShouldBeClose(final, end, 1e-13);
    }

    [Theory, MemberData(nameof(Builds))]
    public void A_padded_batch_matches_each_sequence_alone(int layers, bool hasBias, bool bidirectional)
    {
        long[] lengths = [4, 7, 1, 6];
        foreach (bool returnsSequence in new[] { true, false })
            foreach (bool hasInitial in new[] { false, true })
            {
                var build = new Build { Layers = layers, HasBias = hasBias, Bidirectional = bidirectional, ReturnsSequence = returnsSequence };
                using var layer = Make(build);
                var input = Normal(4, 7, InputSize);
                for (int row = 0; row < 4; row++)
                    if (lengths[row] < 7)
                        input[row, TensorIndex.Slice(lengths[row])] = tensor(double.NaN);
                RecurrentState? initial = hasInitial ? State(build, 4) : null;
                using var draws = new PosteriorDraws(seed: 4, count: 3);
                var (output, final) = layer.Sample(input, draws, tensor(lengths), initial);
                for (int row = 0; row < 4; row++)
                {
                    var alone = initial is { } state ? Map(state, each => each.narrow(0, row, 1)) : (RecurrentState?)null;
                    var (expected, end) = layer.Sample(input.narrow(0, row, 1).narrow(1, 0, lengths[row]), draws, lengths: null, alone);
                    if (returnsSequence)
                        expected = nn.functional.pad(expected, [0, 0, 0, 7 - lengths[row]], PaddingModes.Constant);
                    ShouldBeClose(output.narrow(1, row, 1), expected, 1e-13, $"row {row}");
                    ShouldBeClose(Map(final, each => each.narrow(1, row, 1)), end, 1e-13, $"row {row}");
                }
            }
    }

    [Theory, MemberData(nameof(Builds))]
    public void The_native_operation_matches_the_steps(int layers, bool hasBias, bool bidirectional)
    {
        foreach (var (type, tolerance) in new[] { (ScalarType.Float64, 1e-12), (ScalarType.Float32, 2e-5) })
            foreach (bool returnsSequence in new[] { true, false })
                foreach (var (samples, batch, steps) in new[] { (1, 1, 1), (1, 4, 7), (3, 2, 5), (3, 1, 1), (2, 2_000, 2) })
                {
                    var build = new Build
                    {
                        Layers = layers, HasBias = hasBias, Bidirectional = bidirectional, ReturnsSequence = returnsSequence, Type = type,
                    };
                    using var layer = Make(build);
                    Tensor input = Normal(batch, steps, InputSize).to(type), lengths = full([batch], steps, int64);
                    var initial = Map(State(build, batch), state => state.to(type));
                    // Lengths are masks of each step.
                    ShouldBeClose(Results(null, null), Results(lengths, null), tolerance);
                    ShouldBeClose(Results(null, initial), Results(lengths, initial), tolerance);

                    // The outputs, the final state, and the gradients of all that goes in.
                    Tensor Results(Tensor? lengths, RecurrentState? initial)
                    {
                        using var noise = new TorchNoise(6);
                        var leaves = layer.parameters().Cast<Tensor>().Append(input).ToList();
                        if (initial is { } given)
                        {
                            initial = Map(given, state => state.detach().requires_grad_());
                            leaves.AddRange(new[] { initial.Value.Hidden, initial.Value.Cell }.OfType<Tensor>());
                        }
                        input.requires_grad_();
                        foreach (var leaf in leaves)
                            leaf.grad = null;
                        var (output, final) = layer.Sample(input, new Reparameterization(samples, noise), lengths, initial);
                        var results = new[] { output, final.Hidden, final.Cell }.OfType<Tensor>().ToList();
                        var weighted = results.Select((result, i) => (result * result * (i + 1)).sum() / batch).Aggregate((sum, next) => sum + next);
                        weighted.backward();
                        return cat([.. results.Concat(leaves.Select(leaf => leaf.grad!)).Select(each => each.detach().flatten())], 0);
                    }
                }
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float32, 2e-5)]
    public void The_gradient_of_a_gradient_is_that_of_the_steps(ScalarType type, double tolerance)
    {
        using var layer = Make(new Build { Layers = 2, Bidirectional = true, Type = type });
        var start = Normal(2, 4, InputSize).to(type);
        ShouldBeClose(OfPenalty(null), OfPenalty(full([2], 4, int64)), tolerance);

        Tensor OfPenalty(Tensor? lengths)
        {
            layer.zero_grad();
            var input = start.clone().requires_grad_();
            using var noise = new TorchNoise(6);
            var sum = layer.Sample(input, new Reparameterization(1, noise), lengths).Output.pow(2).sum();
            autograd.grad([sum], [input], create_graph: true, retain_graph: true)[0].pow(2).sum().backward();
            return cat([.. layer.parameters().Append(input).Select(each => each.grad!.flatten())], 0);
        }
    }

    [Fact]
    public void The_native_operation_gives_no_gradient_to_what_needs_none()
    {
        using var layer = Make(new Build { Layers = 2, Type = ScalarType.Float32 });
        var input = Normal(2, 5, InputSize).to(float32);
        using (no_grad())
            layer.Sample(input, new Reparameterization(2)).requires_grad.Should().BeFalse();
        using PosteriorDraws draws = new(seed: 1, count: 2);
        layer.Sample(input, draws).requires_grad.Should().BeFalse();
        layer.Sample(input, PosteriorMean.Instance).requires_grad.Should().BeTrue();
    }

    [Fact]
    public void Padding_affects_neither_gradients_nor_other_inputs()
    {
        using var layer = Make(new Build { Layers = 2, Bidirectional = true });
        var padded = Normal(2, 5, InputSize);
        padded[0, TensorIndex.Slice(3)] = tensor(double.NaN);
        padded.requires_grad_();
        using TorchNoise noise = new(4), same = new(4);
        layer.Sample(padded, new Reparameterization(2, noise), tensor(new long[] { 3, 5 })).Output.square().sum().backward();
        Tensor[] gradients = [.. layer.parameters().Select(parameter => parameter.grad!.clone())];
        Values(padded.grad![0, TensorIndex.Slice(3)]).Should().OnlyContain(value => value == 0);
        layer.zero_grad();
        var zeros = padded.detach().nan_to_num(0);
        layer.Sample(zeros, new Reparameterization(2, same), tensor(new long[] { 3, 5 })).Output.square().sum().backward();
        foreach (var (expected, parameter) in gradients.Zip(layer.parameters()))
            ShouldBeClose(parameter.grad!, expected, 0);
    }

    [Fact]
    public void Passes_with_lengths_and_states_leave_only_their_results()
    {
        using var layer = Make(new Build { Layers = 2, Bidirectional = true });
        var (input, lengths, initial) = (Normal(2, 5, InputSize), tensor(new long[] { 3, 5 }),
            State(new Build { Layers = 2, Bidirectional = true }, 2));
        long before = LiveTensors();
        var (output, final) = layer.Sample(input, new Reparameterization(3), lengths, initial);
        LiveTensors().Should().Be(before + (HasCell ? 3 : 2));
        output.shape.Should().Equal(3, 2, 5, 2 * HiddenSize);
        final.Hidden.shape.Should().Equal(3, 2, 4, HiddenSize);
        layer.Sample(input, PosteriorMean.Instance, lengths, initial).Final.Hidden.shape.Should().Equal(1, 2, 4, HiddenSize);
    }

    [Fact]
    public void Invalid_lengths_and_states_are_refused()
    {
        using var layer = Make();
        var input = Normal(2, 5, InputSize);
        foreach (var (lengths, message) in new[]
        {
            (tensor(new long[] { 3, 6 }), "A length is 6; expected 1 to 5, the number of steps of the input*"),
            (tensor(new long[] { 0, 5 }), "A length is 0; expected 1 to 5*"),
            (tensor(new long[] { 3 }), "The lengths are of type Int64 and shape [1]; expected Int64 [2], one for each sequence*"),
            (tensor(new[] { 3.0, 5 }), "The lengths are of type Float64 and shape [2]; expected Int64 [2]*"),
        })
            layer.Invoking(l => l.Sample(input, PosteriorMean.Instance, lengths)).Should().Throw<ArgumentException>().WithMessage(message);
        var right = State(new Build(), 2);
        layer.Invoking(l => l.Sample(input, PosteriorMean.Instance, null, Map(right, state => state.transpose(0, 1)))).Should()
            .Throw<ArgumentException>()
            .WithMessage("The initial state's Hidden has shape [1, 2, 5]; expected [2, 1, 5]: [batch, layers · directions, hidden], the batch "
                + "first*");
        layer.Invoking(l => l.Sample(input, PosteriorMean.Instance, null, new RecurrentState(right.Hidden, HasCell ? null : right.Hidden))).Should()
            .Throw<ArgumentException>()
            .WithMessage($"The initial state of a {layer.GetName()} "
                + $"{(HasCell ? "has no Cell; expected both Hidden and Cell" : "has a Cell; expected Hidden alone")}*");
    }

    [Fact]
    public void A_single_sequence_needs_no_batch_axis()
    {
        using var layer = Make();
        var sequence = Normal(7, InputSize);
        random.manual_seed(4);
        var alone = layer.Sample(sequence, 5);
        random.manual_seed(4);
        ShouldBeClose(alone, layer.Sample(sequence.unsqueeze(0), 5).squeeze(1), 0);
        alone.shape.Should().Equal(5, 7, HiddenSize);
    }

    [Fact]
    public void Each_draw_of_an_input_has_its_own_weights()
    {
        using var first = new BayesianLinear(InputSize, InputSize, dtype: float64);
        using var layer = Make();
        using var model = new BayesianSequential(first, layer);
        var (noise, weights) = Drawn(layer, 3);
        Tensor weight = Normal(3, InputSize, InputSize), bias = Normal(3, InputSize);
        var input = Normal(2, 7, InputSize);
        var outputs = model.Sample(input, new Reparameterization(3, new GivenNoise([weight, bias, .. noise])));
        var between = first.Sample(input, new Reparameterization(3, new GivenNoise(weight, bias)));
        for (int s = 0; s < 3; s++)
            ShouldBeClose(outputs[s], Reference(new Build(), (key, parameter) => weights[(key, parameter)][s], between[s]).Outputs, 1e-12);
    }

    [Fact]
    public void Predictions_in_blocks_of_rows_and_draws_match_one_call()
    {
        using var model = new BayesianSequential(Make(new Build { ReturnsSequence = false }), new BayesianLinear(HiddenSize, 1, dtype: float64));
        var input = Normal(700, 30, InputSize);
        var likelihood = new BernoulliLikelihood();
        var blocks = new List<PredictiveProgress>();
        using var prediction = new MonteCarloPredictive(model, likelihood, samples: 4, seed: 1, MemoryBudget.FromMebibytes(1))
            .Predict(input, progress: new Told<PredictiveProgress>(blocks.Add));
        blocks.Should().HaveCountGreaterThan(4, "a budget of one MiB does not hold all rows of a draw");
        using var noGrad = no_grad();
        using var draws = new PosteriorDraws(seed: 1, count: 4);
        ShouldBeClose(prediction.Mean, model.Sample(input, draws).sigmoid().mean([0L]), 1e-12);
    }

    [Fact]
    public void The_fast_step_matches_the_plain_loop() => FastStepsShouldEndWherePlainOnesDo(
        () => new BayesianSequential(Make(new Build { Layers = 2, ReturnsSequence = false }), new BayesianLinear(HiddenSize, 1, dtype: float64)),
        Input(6));

    [Fact]
    public void It_learns_to_remember_the_first_step()
    {
        random.manual_seed(2);
        using var model = new BayesianSequential(
            Make(2, 12, new Build { ReturnsSequence = false, Type = ScalarType.Float32 }), new BayesianLinear(12, 1));
        var input = randn(128, 6, 2);
        var target = (input[TensorIndex.Colon, 0, 0] > 0).to(float32).unsqueeze(1);
        var loss = ElboLoss.Bernoulli(datasetSize: 2_000);
        using var step = new VariationalStep(model, loss, parameters => optim.Adam(parameters, 0.03));
        for (int i = 0; i < 250; i++)
            step.Run(input, target).Dispose();
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 30, seed: 1).forward(input);
        Accuracy.Of(prediction.Mean, target).Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Diagnostics_name_each_weight()
    {
        using var model = new BayesianSequential(("memory", Make()), ("out", new BayesianLinear(HiddenSize, 1, dtype: float64)));
        PosteriorDiagnostics.Of(model).Layers.Select(layer => layer.Name).Should().Equal("memory.input_hidden_0", "memory.hidden_hidden_0", "out");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_step_adds_at_most_its_output_to_the_live_tensors(bool returnsSequence)
    {
        using var layer = Make(new Build { ReturnsSequence = returnsSequence });
        var estimator = new LiveTensorCounts();
        using var noGrad = no_grad();
        layer.Sample(Normal(2, 12, InputSize), estimator);
        // The first use is that of the input. The first two steps have no state or cell of an earlier step.
        long[] growth = [.. estimator.Counts.Skip(3).Zip(estimator.Counts.Skip(2), (later, earlier) => later - earlier)];
        growth.Should().HaveCount(10).And.OnlyContain(each => each == (returnsSequence ? 1 : 0));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Half_precision_runs(ScalarType type)
    {
        using var layer = Make(new Build { Layers = 2, Type = type });
        var output = layer.Sample(Input(2).to(type), 3);
        output.dtype.Should().Be(type);
        ShouldBeFinite(output);
    }

    [Fact]
    public void The_constructors_settings_reach_every_weight()
    {
        using var layer = Make(new Build { Layers = 2, HasBias = false, Prior = new NormalPrior(stddev: 0.5), Type = ScalarType.Float32 });
        layer.children().Cast<BayesianLinear>().Should().HaveCount(4).And.OnlyContain(child => !child.HasBias && child.WeightPrior.Stddev == 0.5);
        layer.parameters().Should().OnlyContain(parameter => parameter.dtype == ScalarType.Float32);
        layer.Layers.Should().Be(2);
        layer.HasBias.Should().BeFalse();
        layer.ToString().Should().StartWith(
            $"{layer.GetName()}(input_size=3, hidden_size=5, layers=2, bias=False, bidirectional=False, returns_sequence=True\n  (input_hidden_0): "
            + $"BayesianLinear(in_features=3,");
    }

    [Fact]
    public void A_wrong_rank_is_refused()
    {
        using var layer = Make();
        foreach (long[] shape in new[] { new long[] { 3 }, [2, 4, 4, 3] })
            layer.Invoking(l => l.forward(Normal(shape)))
                .Should().Throw<ArgumentException>().WithMessage("The input has shape *; expected [batch, steps, 3]*");
    }

    [Fact]
    public void A_wrong_number_of_features_is_refused()
    {
        using var layer = Make();
        layer.Invoking(l => l.forward(Normal(2, 4, 6)))
            .Should().Throw<ArgumentException>().WithMessage("The input has shape [2, 4, 6]; expected [batch, steps, 3]*");
    }

    [Fact]
    public void A_sequence_without_steps_is_refused()
    {
        using var layer = Make();
        layer.Invoking(l => l.forward(Normal(2, 0, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The input has shape [2, 0, 3], rows without a number*");
        layer.Invoking(l => l.Propagate(Normal(1, 2, 0, 3), PosteriorMean.Instance))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 0, 3]*at least one step*");
    }

    [Fact]
    public void Another_element_type_is_refused()
    {
        using var layer = Make();
        layer.Invoking(l => l.forward(randn(2, 4, 3)))
            .Should().Throw<ArgumentException>().WithMessage("The input is of type Float32 and BayesianLinear's weights of Float64*");
    }

    [Fact]
    public void Sizes_below_one_are_refused()
    {
        this.Invoking(t => t.Make(0, 5, new Build())).Should().Throw<ArgumentOutOfRangeException>().WithMessage("inputSize is 0*");
        this.Invoking(t => t.Make(3, -1, new Build())).Should().Throw<ArgumentOutOfRangeException>().WithMessage("hiddenSize is -1*");
        this.Invoking(t => t.Make(3, 5, new Build { Layers = 0 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("layers is 0*");
    }

    /// <summary>A prior whose divergence shows which draws it got.</summary>
    private sealed class SumOfDraws : Prior
    {
        public override double Stddev => 1;

        public override bool HasClosedForm => false;

        public override Tensor LogProbability(Tensor weight) => zeros_like(weight);

        public override Tensor KlDivergence(MeanFieldNormal posterior) => zeros([], posterior.Mean.dtype);

        public override Tensor KlDivergence(MeanFieldNormal posterior, Tensor draws) => draws.sum();
    }

    /// <summary>The posterior mean, with a count of the live tensors at each use of a weight.</summary>
    private sealed class LiveTensorCounts() : Estimator(samples: 1)
    {
        public List<long> Counts { get; } = [];

        public override Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) => null;

        protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) => input =>
        {
            Counts.Add(LiveTensors());
            return map.Apply(input, weight.Mean, bias?.Mean);
        };
    }
}
