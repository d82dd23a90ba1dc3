using Bayes.Layers.Laplace;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Networks;
using Bayes.Layers.Tests.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>
/// Layers of every kind in networks of every kind: the curvature is the generalized Gauss–Newton matrix with the whole Jacobian, which autograd
/// computes one output after the other.
/// </summary>
public sealed class LayerCaptureTests : TorchTest
{
    private const int Rows = 4, MostExact = 64;

    private static readonly Dictionary<string, Func<Case>> Cases = new()
    {
        ["Conv1d"] = () => new(
            Sequential(
                Conv1d(2, 3, 3, stride: 2, padding: 1L, dilation: 2, dtype: float64), Tanh(), Flatten(), Linear(9, 2, dtype: float64)),
            Normal(Rows, 2, 8), ["0", "3"]),
        ["Conv2d"] = () => new(
            Sequential(
                Conv2d(2, 4, (2, 3), stride: (2, 1), padding: (1, 2), dilation: (1, 2), dtype: float64), BatchNorm2d(4, dtype: float64), ReLU(true),
                Conv2d(4, 2, (1, 2), bias: false, dtype: float64), Flatten(), LayerNorm(24, dtype: float64), Dropout(0.5),
                Linear(24, 3, dtype: float64)),
            Normal(Rows, 2, 4, 5), ["0", "3", "7"]),
        ["Conv2d, groups"] = () => new(
            Sequential(Conv2d(4, 6, 2, groups: 2, dtype: float64), Tanh(), Conv2d(6, 6, 1, groups: 6, dtype: float64)), Normal(Rows, 4, 3, 2),
            ["0", "2"]),
        ["Conv2d, groups, ends the network"] = () => new(
            Sequential(Conv2d(2, 2, 2, dtype: float64), Tanh(), Conv2d(2, 4, (1, 2), groups: 2, dtype: float64)), Normal(Rows, 2, 2, 4), ["2"]),
        ["Conv2d, same"] = () => new(
            Sequential(Conv2d(1, 2, (2, 3), padding: Padding.Same, dtype: float64), GELU(), Flatten(), Linear(12, 2, dtype: float64)),
            Normal(Rows, 1, 2, 3), ["0"]),
        ["Conv2d, reflect"] = () => Padded(PaddingModes.Reflect),
        ["Conv2d, replicate"] = () => Padded(PaddingModes.Replicate),
        ["Conv2d, circular"] = () => Padded(PaddingModes.Circular),
        ["Conv3d"] = () => new(
            Sequential(
                Conv3d(1, 2, (1, 2, 2), stride: (1, 2, 1), padding: (0, 1, 0), dtype: float64), Tanh(), Flatten(), Linear(16, 2, dtype: float64)),
            Normal(Rows, 1, 2, 2, 3), ["0", "3"]),
        ["ConvTranspose1d"] = () => new(
            Sequential(
                ConvTranspose1d(2, 3, 3, stride: 2, padding: 1, output_padding: 1, dilation: 2, dtype: float64), Tanh(), Flatten(),
                Linear(24, 2, dtype: float64)),
            Normal(Rows, 2, 3), ["0", "3"]),
        ["ConvTranspose1d, ends the network"] = () => new(
            Sequential(ConvTranspose1d(2, 1, 2, bias: false, dtype: float64)), Normal(Rows, 2, 3), ["0"]),
        ["ConvTranspose1d, far"] = () => new(
            Sequential(ConvTranspose1d(1, 2, 2, output_padding: 2, dilation: 3, bias: false, dtype: float64), Tanh()), Normal(Rows, 1, 2), ["0"]),
        ["ConvTranspose2d, groups"] = () => new(
            Sequential(ConvTranspose2d(4, 2, (2, 3), stride: (1, 2), padding: (0, 1), groups: 2, dtype: float64), Tanh()), Normal(Rows, 4, 2, 2),
            ["0"]),
        ["ConvTranspose3d"] = () => new(
            Sequential(ConvTranspose3d(1, 2, (1, 2, 1), dtype: float64), Tanh(), Flatten(), Linear(12, 2, dtype: float64)),
            Normal(Rows, 1, 1, 2, 2), ["0", "3"]),
        ["Image"] = () => new(new ImageNetwork(), Normal(Rows, 1, 3, 4), ["stem", "block", "fc"]),
        ["Embedding"] = () =>
        {
            var words = Embedding(6, 3, padding_idx: 2, dtype: float64);
            var last = Linear(3, 2, dtype: float64);
            return new(
                new Composed(input => last.call(words.call(input).tanh().mean([1L])), ("words", words), ("last", last)),
                tensor(new long[,] { { 0, 2, 5, 5 }, { 1, 1, 1, 2 }, { 2, 2, 2, 2 }, { 4, 0, 2, 5 } }), ["words", "last"]);
        },
        ["Embedding, one word"] = () => new(
            Sequential(Embedding(6, 3, dtype: float64), Tanh(), Linear(3, 2, dtype: float64)), tensor(new long[] { 3, 1, 3, 5 }), ["0"]),
        ["Embedding, twice"] = () =>
        {
            var words = Embedding(6, 3, dtype: float64);
            return new(
                new Composed(input => words.call(input).tanh() * words.call((input + 1).remainder(6)), ("words", words)),
                tensor(new long[] { 3, 1, 3, 5 }), ["words"]);
        },
        ["LSTM"] = () => new(new SequenceNetwork(2, float64), Normal(Rows, 4), ["lstm", "last"]),
        ["LSTM, deep, both ways"] = () => Recurrent(LSTM(2, 2, numLayers: 2, batchFirst: true, bidirectional: true, dropout: 0.5, dtype: float64)),
        ["LSTM, steps first"] = () =>
        {
            var lstm = LSTM(2, 3, bias: false, dtype: float64);
            return new(
                new Composed(input => lstm.call(input.transpose(0, 1)).Item1.transpose(0, 1), ("lstm", lstm)), Normal(Rows, 3, 2), ["lstm"]);
        },
        ["LSTM, states"] = () =>
        {
            var first = LSTM(2, 2, batchFirst: true, dtype: float64);
            var second = LSTM(2, 2, batchFirst: true, dtype: float64);
            return new(
                new Composed(
                    input =>
                    {
                        var (_, hidden, cell) = first.call(input);
                        return second.call(input, (hidden, cell)).Item1.select(1, -1);
                    },
                    ("first", first), ("second", second)),
                Normal(Rows, 3, 2), ["first", "second"]);
        },
        ["GRU"] = () => Recurrent(GRU(2, 2, numLayers: 2, batchFirst: true, dtype: float64)),
        ["GRU, both ways, steps first"] = () =>
        {
            var gru = GRU(2, 2, bidirectional: true, dtype: float64);
            var last = Linear(4, 1, dtype: float64);
            return new(
                new Composed(
                    input => last.call(gru.call(input.transpose(0, 1), zeros([2, input.shape[0], 2], float64)).Item1.transpose(0, 1)),
                    ("gru", gru), ("last", last)),
                Normal(Rows, 3, 2), ["gru", "last"]);
        },
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Curvatures_are_those_of_the_whole_Jacobian(string name)
    {
        var (network, input, paths) = Cases[name]();
        network.eval();
        var layers = LayerCaptures.Of(network, paths);
        var likelihood = new HalfKnown();
        using var pass = CapturedPass.Run(network, input, null, layers);
        network.parameters().Should().OnlyContain(parameter => parameter.requires_grad, "the network is as it was");
        Tensor target = zeros_like(pass.Output), factor = likelihood.CurvatureFactor(pass.Output, target);
        using (no_grad())
            ShouldBeClose(pass.Output, ((nn.Module<Tensor, Tensor>)network).call(input), 1e-12);
        var jacobian = JacobianOf((nn.Module<Tensor, Tensor>)network, input, [.. pass.Matrices.SelectMany(each => each.Parameters)]);
        var rooted = factor.transpose(1, 2).bmm(jacobian).flatten(0, 1);
        var whole = rooted.t().mm(rooted);

        using var full = Added(new FullCurvature(pass.Matrices, Settings), pass, likelihood, target);
        ShouldBeClose(full.LogDeterminant(0, tensor(1.0), PrecisionsOf(pass, 0.5), false), LogDeterminantOf(whole, 0.5), 1e-8);
        using (var covariance = full.Covariance(1, [.. pass.Matrices.Select(_ => 0.5)]))
            ShouldBeClose(covariance.OutputCovariance(pass), Through(jacobian, linalg.inv(whole + 0.5 * eye(whole.shape[0], dtype: float64))), 1e-8);

        using var diagonal = Added(new DiagonalCurvature(pass.Matrices, Settings), pass, likelihood, target);
        ShouldBeClose(Diagonal(diagonal, pass), whole.diagonal(), 1e-8);
        using (var covariance = diagonal.Covariance(1, [.. pass.Matrices.Select(_ => 0.5)]))
        {
            var expected = Through(jacobian, (whole.diagonal() + 0.5).reciprocal().diag());
            ShouldBeClose(covariance.OutputCovariance(pass), expected, 1e-8);
            ShouldBeClose(covariance.OutputVariance(pass), expected.diagonal(0, 1, 2), 1e-8);
        }
    }

    /// <summary>(Σ a aᵀ) ⊗ (Σ g gᵀ) / (N T) of each matrix, from the gradients and inputs whose products the test above checks.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_Kronecker_curvature_is_the_product_of_its_two_sums(string name)
    {
        var (network, input, paths) = Cases[name]();
        network.eval();
        using var pass = CapturedPass.Run(network, input, null, LayerCaptures.Of(network, paths));
        var likelihood = new HalfKnown();
        Tensor target = zeros_like(pass.Output), factor = likelihood.CurvatureFactor(pass.Output, target);
        using var kronecker = Added(new KroneckerCurvature(pass.Matrices, Settings), pass, likelihood, target);
        kronecker.Complete(Rows);
        var parts = pass.Matrices.Select((matrix, i) =>
        {
            var inputs = Dense(pass, i).flatten(0, 1);
            var gradients = Enumerable.Range(0, (int)factor.shape[2]).Select(column => pass.Gradients(factor.select(2, column))[i].flatten(0, 1));
            var ofInputs = inputs.t().mm(inputs) / (Rows * pass.InputsOf(i).shape[1]);
            var ofOutputs = gradients.Select(each => each.t().mm(each)).Aggregate((a, b) => a + b);
            var (rows, columns) = matrix.IsTransposed ? (ofInputs, ofOutputs) : (ofOutputs, ofInputs);
            return InOrder(matrix, rows.kron(columns));
        }).ToArray();
        var whole = block_diag(parts);
        ShouldBeClose(Diagonal(kronecker, pass, inOrder: true), whole.diagonal(), 1e-10);
        using var covariance = kronecker.Covariance(1, [.. pass.Matrices.Select(_ => 0.5)]);
        var jacobian = JacobianOf((nn.Module<Tensor, Tensor>)network, input, [.. pass.Matrices.SelectMany(each => each.Parameters)]);
        var expected = Through(jacobian, linalg.inv(whole + 0.5 * eye(whole.shape[0], dtype: float64)));
        ShouldBeClose(covariance.OutputCovariance(pass), expected, 1e-8);
        ShouldBeClose(covariance.OutputVariance(pass), expected.diagonal(0, 1, 2), 1e-8);
    }

    public static TheoryData<string, CurvatureStructure> Models => new(
        from name in new[] { "Conv2d, groups", "ConvTranspose1d", "Embedding", "LSTM, deep, both ways" }
        from curvature in Enum.GetValues<CurvatureStructure>()
        select (name, curvature));

    /// <summary>With a small posterior the network is close to its linearisation, and its linearisation has the closed form's variances.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Draws_of_weights_have_the_variances_of_the_closed_form(string name, CurvatureStructure curvature)
    {
        const int count = 400;
        var (network, input, paths) = Cases[name]();
        network.eval();
        using (no_grad())
        using (var output = ((nn.Module<Tensor, Tensor>)network).call(input))
        {
            using var laplace = LaplaceApproximation.Fit(
                network, input, output, new GaussianLikelihood(0.5), new() { Paths = paths, Curvature = curvature, PriorPrecision = 1e6 });
            using var prediction = laplace.Predict(input);
            using var model = laplace.Model;
            foreach (var functions in new[] { FunctionDistribution.Of(model), model.Linearised() })
            {
                using var draws = functions.Draw(3, count);
                var found = draws.Apply(input).var(0L, unbiased: false);
                Values(found.div(prediction.OutputVariance).log().abs()).Max().Should().BeLessThan(5 * Math.Sqrt(2.0 / count));
            }
        }
    }

    [Fact]
    public void Padding_stays_zero_in_every_draw()
    {
        var (network, input, paths) = Cases["Embedding"]();
        foreach (var curvature in Enum.GetValues<CurvatureStructure>())
        {
            using var laplace = LaplaceApproximation.Fit(
                network, input, zeros(Rows, 2, dtype: float64), new GaussianLikelihood(0.5), new() { Paths = paths, Curvature = curvature });
            var variable = laplace.Model.NetworkVariables[0];
            variable.Name.Should().Be("words.weight");
            variable.FixedRow.Should().Be(2);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pass_leaves_no_tensor_alive(string name)
    {
        var (network, input, paths) = Cases[name]();
        network.eval();
        var layers = LayerCaptures.Of(network, paths);
        long Run()
        {
            using (var scope = NewDisposeScope())
            using (var pass = CapturedPass.Run(network, input, null, layers))
                pass.Gradients(Normal(pass.Rows, pass.OutputCount));
            return LiveTensors();
        }

        Run();
        long before = Run();
        Run().Should().Be(before);
    }

    [Fact]
    public void Other_layers_are_refused_by_their_paths()
    {
        using var attention = new WordNetwork(2, float64);
        FluentActions.Invoking(() => LayerCaptures.Of(attention, ["encoder"])).Should().Throw<NotSupportedException>()
            .WithMessage("'encoder' is a TransformerEncoder, whose weights cannot get a Laplace approximation; expected one of *Conv2d*LSTM*");
        using var tied = Sequential(Embedding_from_pretrained(Normal(4, 3), freeze: false, max_norm: 1));
        FluentActions.Invoking(() => LayerCaptures.Of(tied, ["0"])).Should().Throw<NotSupportedException>()
            .WithMessage("'0' cannot get a Laplace approximation: it has a max_norm, which changes the weight at each lookup*");
    }

    private static CurvatureSettings Settings => new(MostExact, 0, MemoryBudget.FromMebibytes(64));

    private static T Added<T>(T curvature, CapturedPass pass, Likelihood likelihood, Tensor target) where T : Curvature
    {
        curvature.Add(pass, likelihood, target, 0);
        return curvature;
    }

    private static Case Padded(PaddingModes mode) => new(
        Sequential(Conv2d(1, 2, (3, 2), padding: (1, 1), padding_mode: mode, dtype: float64), Tanh(), Flatten(), Linear(24, 2, dtype: float64)),
        Normal(Rows, 1, 3, 3), ["0", "3"]);

    private static Case Recurrent(nn.Module layer)
    {
        long width = layer is LSTM ? 4 : 2;
        var last = Linear(width, 2, dtype: float64);
        return new(
            new Composed(
                input => last.call(layer is LSTM lstm ? lstm.call(input).Item1 : ((GRU)layer).call(input).Item1), ("layer", layer), ("last", last)),
            Normal(Rows, 3, 2), ["layer", "last"]);
    }

    private static Tensor JacobianOf(nn.Module<Tensor, Tensor> network, Tensor input, NetworkParameter[] parameters)
    {
        Tensor[] values = [.. parameters.Select(each => (Tensor)each.Value)];
        return stack([.. Enumerable.Range(0, Rows).Select(row =>
        {
            var output = network.call(input.narrow(0, row, 1)).flatten();
            return stack([.. Enumerable.Range(0, (int)output.shape[0]).Select(i => cat([.. autograd.grad(
                [output[i]], values, retain_graph: true, allow_unused: true).Zip(values, (found, value) =>
                (found.IsInvalid ? zeros_like(value) : found).flatten())]))]);
        })]).detach();
    }

    private static Tensor Through(Tensor jacobian, Tensor covariance) =>
        jacobian.matmul(covariance).bmm(jacobian.transpose(1, 2));

    private static Tensor Dense(CapturedPass pass, int matrix)
    {
        var inputs = pass.InputsOf(matrix);
        return pass.RowsOf(matrix) is { } met
            ? zeros(inputs.shape[0], inputs.shape[1], pass.Matrices[matrix].Rows, dtype: float64).index_copy_(2, met, inputs) : inputs;
    }

    // From [row, column] to the weight's numbers and then the bias's.
    private static Tensor InOrder(WeightMatrix matrix, Tensor whole)
    {
        var order = matrix.Flatten(arange(matrix.Count, int64).reshape(matrix.Rows, matrix.Columns));
        return whole.index_select(0, order).index_select(1, order);
    }

    private static Tensor Diagonal(Curvature curvature, CapturedPass pass, bool inOrder = true) => cat([.. pass.Matrices.Select((matrix, i) =>
    {
        var own = curvature.Diagonal(i);
        return inOrder ? matrix.Flatten(own.reshape(matrix.Rows, matrix.Columns)) : own;
    })]);

    private static Tensor PrecisionsOf(CapturedPass pass, double value) => torch.full([pass.Matrices.Count], value, float64);

    private static Tensor LogDeterminantOf(Tensor whole, double precision) =>
        linalg.slogdet(whole + precision * eye(whole.shape[0], dtype: float64)).Item2;

    private sealed record Case(nn.Module Network, Tensor Input, string[] Paths);

    /// <summary>Some curvature that depends on the outputs, and mixes them.</summary>
    private sealed class HalfKnown : Likelihood
    {
        public override Tensor LogProbability(Tensor output, Tensor target) => throw new NotSupportedException();

        public override Tensor Mean(Tensor output) => output;

        public override Tensor Variance(Tensor output) => output;

        public override string ToString() => nameof(HalfKnown);

        protected internal override Tensor CurvatureFactor(Tensor output)
        {
            var flat = output.reshape(output.shape[0], -1);
            return (flat.unsqueeze(2) * arange(1, 1 + Math.Min(2, flat.shape[1]), float64)).sin() + 0.3;
        }
    }

    private sealed class Composed : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Tensor, Tensor> _forward;

        public Composed(Func<Tensor, Tensor> forward, params (string Name, nn.Module Module)[] parts) : base(nameof(Composed))
        {
            _forward = forward;
            foreach (var (name, module) in parts)
                register_module(name, module);
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return _forward(input).MoveToOuterDisposeScope();
        }
    }
}
