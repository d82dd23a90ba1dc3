using System.Globalization;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Modules;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Tests.Modules;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Distributions;

/// <summary>A network of one's own with numbers and indices.</summary>
public sealed class TwoInputsTests : FunctionDistributionLaws
{
    protected override NetworkInput Inputs { get; } = (randn(37, 3), arange(37, int64).remainder(4));

    protected override FunctionDistribution Create() => FunctionDistribution.Of(new TwoTowers(3, 4));
}

/// <summary>A network of one's own with numbers, indices and a mask, in double precision.</summary>
public sealed class MaskedInputsTests : FunctionDistributionLaws
{
    protected override double Rounding => 1e-12;

    protected override NetworkInput Inputs { get; } = MaskedMean.Input(37);

    protected override FunctionDistribution Create() => FunctionDistribution.Of(new MaskedMean(float64));
}

/// <summary>A plain network with two inputs, and an ensemble of a plain and a Bayesian one.</summary>
public sealed class PlainInputsTests : FunctionDistributionLaws
{
    protected override bool IsRandom => false;

    protected override NetworkInput Inputs { get; } = (randn(37, 3), arange(37, int64).remainder(4));

    protected override FunctionDistribution Create() => FunctionDistribution.Of(new PlainTowers());
}

/// <summary>An ensemble of a plain network and a Bayesian one.</summary>
public sealed class EnsembleOfInputsTests : FunctionDistributionLaws
{
    protected override NetworkInput Inputs { get; } = (randn(37, 3), arange(37, int64).remainder(4));

    protected override FunctionDistribution Create() =>
        new Ensemble([FunctionDistribution.Of(new PlainTowers()), FunctionDistribution.Of(new TwoTowers(3, 4))], [1, 2]);
}

/// <summary>Predictions with several inputs.</summary>
public sealed class SeveralInputsTests : TorchTest
{
    private static readonly GaussianLikelihood Likelihood = new(0.5);

    [Fact]
    public void Every_kind_of_batches_predicts_the_same_rows()
    {
        using var towers = new TwoTowers(3, 4, float64);
        Tensor users = Normal(20, 3), items = arange(20, int64).remainder(4), target = Normal(20, 1);
        using var predictor = new MonteCarloPredictive(towers, Likelihood, 5, seed: 1);
        using var whole = predictor.Predict((users, items), target);
        NetworkInput[] inputs = [(users.narrow(0, 0, 8), items.narrow(0, 0, 8)), (users.narrow(0, 8, 12), items.narrow(0, 8, 12))];
        Tensor[] targets = [target.narrow(0, 0, 8), target.narrow(0, 8, 12)];
        using var loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(users, items, target), 8);
        using var unlabelled = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(users, items), 8);
        foreach (var (prediction, hasTarget) in new[]
        {
            (predictor.Predict(inputs), false), (predictor.Predict(inputs.Zip(targets)), true), (predictor.Predict(loader, inputs: 2), true),
            (predictor.Predict(unlabelled, inputs: 2), false),
        })
            using (prediction)
            {
                ShouldBeClose(prediction.Mean, whole.Mean, 1e-12);
                if (hasTarget)
                    ShouldBeClose(prediction.LogPredictiveDensity!, whole.LogPredictiveDensity!, 1e-12);
            }
        predictor.Invoking(each => each.Predict(loader)).Should().Throw<InvalidOperationException>()
            .WithMessage("The loader gave 3 tensors a batch; expected 1, the input, or 2, the input and the target.");
        predictor.Invoking(each => each.Predict(loader, inputs: 4)).Should().Throw<InvalidOperationException>()
            .WithMessage("The loader gave 3 tensors a batch; expected 4, the inputs, or 5, the inputs and the target.");
    }

    [Fact]
    public void Tensors_that_batches_make_are_disposed()
    {
        using var towers = new TwoTowers(3, 4);
        using var predictor = new MonteCarloPredictive(towers, Likelihood, 2, seed: 1);
        Tensor users = randn(4, 3), items = arange(4, int64);
        predictor.Predict((users, items)).Dispose();
        long before = LiveTensors(), most = 0;
        predictor.Predict(Batches()).Dispose();
        LiveTensors().Should().Be(before);
        most.Should().BeLessThan(before + 60, "and not only at the end");

        IEnumerable<NetworkInput> Batches()
        {
            for (int i = 0; i < 100; i++)
            {
                yield return (users.clone(), items.clone());
                most = Math.Max(most, LiveTensors() - i * 12);
            }
        }
    }

    [Fact]
    public void Predictions_of_other_inputs_do_not_merge()
    {
        using var towers = new TwoTowers(3, 4);
        Tensor users = randn(4, 3), items = arange(4, int64);
        using var predictor = new MonteCarloPredictive(towers, Likelihood, 2, seed: 1);
        using var one = predictor.Predict((users, items));
        using var other = predictor.Predict((users, items.flip(0)), firstDraw: 2);
        FluentActions.Invoking(() => Predictive.Merge(one, other)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Another_number_of_inputs_is_refused()
    {
        using var towers = new TwoTowers(3, 4);
        using var layer = new BayesianLinear(3, 1);
        using var sequence = new BayesianSequential(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1));
        Tensor numbers = randn(5, 3), indices = arange(5, int64).remainder(4);
        ShouldRefuse(() => towers.forward(numbers), "A TwoTowers takes 2 inputs; got 1.*");
        ShouldRefuse(() => towers.call(numbers), "A TwoTowers takes 2 inputs; got 1.*");
        ShouldRefuse(() => towers.Sample(numbers, 2), "A TwoTowers takes 2 inputs; got 1.*");
        ShouldRefuse(() => towers.Sample((numbers, indices, numbers), 2), "A TwoTowers takes 2 inputs; got 3.*");
        ShouldRefuse(() => towers.Sample(numbers, new LocalReparameterization()), "A TwoTowers takes 2 inputs; got 1.*");
        using (var pass = new Pass(PosteriorMean.Instance))
            ShouldRefuse(() => towers.Propagate(numbers.unsqueeze(0), pass), "A TwoTowers takes 2 inputs; got 1.*");
        ShouldRefuse(() => Predicts(towers).Predict(numbers), "A TwoTowers takes 2 inputs; got 1.*");
        ShouldRefuse(() => layer.Sample((numbers, indices), 2), "A BayesianLinear takes one input; got 2.*");
        ShouldRefuse(() => Predicts(sequence).Predict((numbers, indices)), "A BayesianSequential takes one input; got 2.*");
        ShouldRefuse(() => Predicts(FunctionDistribution.Of(Linear(3, 1))).Predict((numbers, indices)), "A Linear takes one input; got 2.*");
        ShouldRefuse(() => Predicts(FunctionDistribution.Of(new PlainTowers())).Predict(numbers), "A PlainTowers takes 2 inputs; got 1.*");
        using var draws = FunctionDistribution.Of(new PlainTowers()).Draw(1, 2);
        ShouldRefuse(() => draws.Apply(numbers), "A PlainTowers takes 2 inputs; got 1.*");
        using var own = new Constant();
        ShouldRefuse(() => own.Apply((numbers, indices)), "The functions of this distribution take one input; got 2.*");

        static void ShouldRefuse(Action action, string message) =>
            action.Should().Throw<ArgumentException>().WithMessage(message).Which.ParamName.Should().Be("input");
    }

    [Fact]
    public void An_empty_input_is_named()
    {
        using var towers = new TwoTowers(3, 4);
        Predicts(towers).Invoking(each => each.Predict((randn(2, 3), zeros(2, 0, dtype: int64)))).Should().Throw<ArgumentException>()
            .WithMessage("The second input has shape [2, 0], rows without a number; expected every axis to be at least 1.*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Mixed_rows_of_any_input_are_refused(int which)
    {
        using var mixing = new Mixing(which);
        foreach (long rows in new[] { 1L, 2, 6 })
            Predicts(mixing).Invoking(each => each.Predict((randn(rows, 3), randn(rows, 3)))).Should().Throw<InvalidOperationException>()
                .WithMessage("Mixing mixes the rows of a batch*");
    }

    /// <summary>The rows of the data are used if any input differs between them.</summary>
    [Fact]
    public void The_rows_of_a_check_are_those_of_the_data_if_these_differ()
    {
        var rows = RowMixing.Rows((zeros(2, 1), tensor(new[] { 3L, 2L })));
        Values(rows[0]).Should().Equal(0, 0, 0);
        Values(rows[1]).Should().Equal(3, 2, 3);
        var same = RowMixing.Rows((zeros(2, 1), tensor(new[] { 3L, 3L })));
        Values(same[0])[1].Should().NotBe(0);
        Values(same[1]).Should().Equal(3, 0, 3);
    }

    [Fact]
    public void Each_shape_and_type_of_any_input_is_checked_once()
    {
        using var model = new Adding();
        var predictor = Predicts(model);
        var counts = new List<int>();
        foreach (var second in new[] { randn(5, 1), randn(5, 1), randn(5, 3), zeros(5, 3, dtype: int64), zeros(5, 3, dtype: int64) })
        {
            model.Calls = 0;
            predictor.Predict((randn(5, 3), second)).Dispose();
            counts.Add(model.Calls);
        }
        counts.Select(calls => calls > 1).Should().Equal(true, false, true, true, false);
    }

    [Fact]
    public void A_plain_module_with_two_inputs_that_mixes_rows_is_named()
    {
        using var model = new AppliesPlain(new PlainMixing());
        Predicts(model).Invoking(each => each.Predict((randn(4, 3), randn(4, 3)))).Should().Throw<InvalidOperationException>()
            .WithMessage("PlainMixing 'plain' mixes the rows of a batch*");
    }

    [Fact]
    public void Draws_are_folded_into_the_batch_of_a_plain_module_with_two_inputs()
    {
        using var model = new AppliesPlain(new Bilinear());
        Tensor left = Normal(4, 3), right = Normal(4, 3);
        model.to(float64);
        using PosteriorDraws draws = new(seed: 3, count: 5), same = new(seed: 3, count: 5);
        var output = model.Sample((left, right), draws);
        output.shape.Should().Equal(5, 4, 1);
        var inner = model.Inner.Sample(left, 1).shape;
        inner.Should().Equal(1, 4, 3);
        same.Bind(model);
        var weights = same.Weights(model.Inner.WeightPosterior);
        for (int draw = 0; draw < 5; draw++)
            ShouldBeClose(output[draw], (left.mm(weights[draw].t()) * right).sum(-1, keepdim: true), 1e-12);
    }

    [Fact]
    public void Values_that_do_not_fit_each_other_are_refused()
    {
        using var model = new AppliesPlain(new Bilinear()) { Cuts = true };
        model.Invoking(each => each.Sample((randn(4, 3), randn(4, 3)), 2)).Should().Throw<ArgumentException>()
            .WithMessage("Bilinear got values of shapes [2, 4, 3] and [1, 3, 3]; expected [1|S, B, …] each, with one number of draws S*");
    }

    [Fact]
    public void A_deterministic_front_of_all_inputs_runs_once_for_each_row()
    {
        using var model = new TrunkOfTwo();
        NetworkInput input = (randn(500, 3), randn(500, 3));
        using var predictor = new MonteCarloPredictive(model, Likelihood, 40, seed: 1, MemoryBudget.FromMebibytes(1));
        predictor.Predict(input.Narrow(0, 2)).Dispose();
        model.Rows = 0;
        using var prediction = predictor.Predict(input);
        model.Rows.Should().Be(500);
        using var draws = FunctionDistribution.Of(model).Draw(1, 40);
        ShouldBeClose(prediction.Mean, draws.Apply(input).mean([0]), 1e-5);
    }

    /// <summary>A mask of a single row stays as it is when the rows of a check are made: no row may be without a place to attend to.</summary>
    [Fact]
    public void A_single_row_with_a_mask_is_predicted()
    {
        using var model = new MaskedMean(float64);
        using var prediction = Predicts(model).Predict(MaskedMean.Input(1));
        ShouldBeFinite(prediction.Mean);
        var rows = RowMixing.Rows(MaskedMean.Input(1));
        Values(rows[2]).Should().NotContain(0);
        Values(rows[1]).Take(3).Should().NotEqual(Values(rows[1]).Skip(3).Take(3));
    }

    /// <summary>What a mask hides changes nothing.</summary>
    [Fact]
    public void A_mask_reaches_the_network_unchanged()
    {
        using var model = new MaskedMean(float64);
        var numbers = Normal(2, 3, 2);
        var mask = tensor(new[] { true, true, false, true, false, false }).view(2, 3);
        var other = numbers.masked_fill(mask.logical_not().unsqueeze(-1), 7);
        var indices = arange(6, int64).remainder(4).view(2, 3);
        using var one = Predicts(model).Predict((numbers, indices, mask));
        using var two = Predicts(model).Predict((other, indices, mask));
        ShouldBeClose(two.Mean, one.Mean, 1e-12);
    }

    /// <summary>What a mask hides does not train.</summary>
    [Fact]
    public void Numbers_indices_and_a_mask_train()
    {
        var numbers = Normal(40, 3, 2);
        var mask = Normal(40, 3).gt(0).logical_or(arange(3).eq(0));
        var indices = randint(4, [40, 3], int64);
        var target = (numbers.select(2, 0) * mask.to(float64)).sum([1L], keepdim: true);
        var hidden = numbers.masked_fill(mask.logical_not().unsqueeze(-1), 1e6);
        string[] trained = [.. new[] { numbers, hidden }.Select(given =>
        {
            random.manual_seed(6);
            using var model = new MaskedMean(float64);
            using var loss = new ElboLoss(Likelihood, 40);
            var options = new VariationalTrainerOptions { Epochs = 20, BatchSize = 9, ShuffleSeed = 1, ValidationSamples = 4 };
            var history = new VariationalTrainer(model, loss, options).Fit((given, indices, mask), target, ((given, indices, mask), target));
            (history.RefusedSteps, history.Steps).Should().Be((0, 100));
            history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood);
            using var prediction = new MonteCarloPredictive(model, Likelihood, 4, seed: 1).Predict((given, indices, mask));
            return string.Join(" ", Values(prediction.Mean).Select(value => value.ToString("g9", CultureInfo.InvariantCulture)));
        })];
        trained[1].Should().Be(trained[0]);
    }

    [Fact]
    public void Other_types_than_tuples_of_tensors_are_refused() =>
        FluentActions.Invoking(() => new WrongInputs()).Should().Throw<NotSupportedException>()
            .WithMessage("The inputs are of type *Int32*; expected a tuple of two to four tensors.");

    [Fact]
    public void Three_and_four_inputs_keep_their_order()
    {
        using var three = new Ordered3();
        using var four = new Ordered4();
        Tensor a = full([2, 1], 1.0), b = full([2, 1], 2.0), c = full([2, 1], 3.0), d = full([2, 1], 4.0);
        (three.InputCount, four.InputCount).Should().Be((3, 4));
        Values(three.Sample((a, b, c), PosteriorMean.Instance)).Should().Equal(123, 123);
        Values(three.forward((a, b, c))).Should().Equal(123, 123);
        Values(four.Sample((a, b, c, d), PosteriorMean.Instance)).Should().Equal(1234, 1234);
        Values(four.forward((d, c, b, a))).Should().Equal(4321, 4321);
    }

    private static MonteCarloPredictive Predicts(BayesianModule model) => Predicts(FunctionDistribution.Of(model));

    private static MonteCarloPredictive Predicts(FunctionDistribution distribution) => new(distribution, Likelihood, 3, seed: 1);

    private sealed class Constant() : FunctionDraws(2)
    {
        public override Tensor Apply(Tensor input) => zeros(2, input.shape[0], 1);
    }

    private sealed class Mixing(int which) : BayesianModule<(Tensor, Tensor)>(nameof(Mixing))
    {
        public override Tensor Propagate((Tensor, Tensor) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var mixed = which == 0 ? input.Item1.cumsum(1) + input.Item2 : input.Item1 + input.Item2.cumsum(1);
            return mixed.MoveToOuterDisposeScope();
        }
    }

    private sealed class Adding() : BayesianModule<(Tensor, Tensor)>(nameof(Adding))
    {
        public int Calls { get; set; }

        public override Tensor Propagate((Tensor, Tensor) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            Calls++;
            return (input.Item1 + input.Item2).MoveToOuterDisposeScope();
        }
    }

    private sealed class PlainMixing() : Module<Tensor, Tensor, Tensor>(nameof(PlainMixing))
    {
        public override Tensor forward(Tensor first, Tensor second) => first + second.mean([0L], keepdim: true);
    }

    private sealed class Bilinear() : Module<Tensor, Tensor, Tensor>(nameof(Bilinear))
    {
        public override Tensor forward(Tensor first, Tensor second) => (first * second).view(-1, 3).sum(-1, keepdim: true);
    }

    private sealed class AppliesPlain : BayesianModule<(Tensor Left, Tensor Right)>
    {
        private readonly BayesianLinear inner;
        private readonly Module<Tensor, Tensor, Tensor> plain;

        public AppliesPlain(Module<Tensor, Tensor, Tensor> plain) : base(nameof(AppliesPlain))
        {
            (inner, this.plain) = (new BayesianLinear(3, 3, hasBias: false), plain);
            RegisterComponents();
        }

        public BayesianLinear Inner => inner;

        public bool Cuts { get; init; }

        public override Tensor Propagate((Tensor Left, Tensor Right) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var right = Cuts ? input.Right.narrow(1, 0, 3) : input.Right;
            return ApplyPlain(plain, inner.Propagate(input.Left, pass), right, pass).MoveToOuterDisposeScope();
        }
    }

    private sealed class TrunkOfTwo : BayesianModule<(Tensor Left, Tensor Right)>
    {
        private readonly Module<Tensor, Tensor> trunk = Linear(6, 4);
        private readonly BayesianLinear head = new(4, 1);

        public TrunkOfTwo() : base(nameof(TrunkOfTwo)) => RegisterComponents();

        public long Rows { get; set; }

        public override Tensor Propagate((Tensor Left, Tensor Right) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return head.Propagate(Trunk(input, pass), pass).MoveToOuterDisposeScope();
        }

        protected internal override DeterministicFront SplitFront() => FrontOf(Trunk, head.Propagate);

        private Tensor Trunk((Tensor Left, Tensor Right) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            Rows += input.Left.shape[1];
            return ApplyPlain(trunk, cat([input.Left, input.Right], -1), pass).MoveToOuterDisposeScope();
        }
    }

    private sealed class WrongInputs() : BayesianModule<(Tensor, int)>(nameof(WrongInputs))
    {
        public override Tensor Propagate((Tensor, int) input, Pass pass) => input.Item1.alias();
    }

    private sealed class Ordered3() : BayesianModule<(Tensor A, Tensor B, Tensor C)>(nameof(Ordered3))
    {
        public override Tensor Propagate((Tensor A, Tensor B, Tensor C) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return (100 * input.A + 10 * input.B + input.C).MoveToOuterDisposeScope();
        }
    }

    private sealed class Ordered4() : BayesianModule<(Tensor A, Tensor B, Tensor C, Tensor D)>(nameof(Ordered4))
    {
        public override Tensor Propagate((Tensor A, Tensor B, Tensor C, Tensor D) input, Pass pass)
        {
            using var scope = NewDisposeScope();
            return (1000 * input.A + 100 * input.B + 10 * input.C + input.D).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>A mean over the places of a sequence that a mask shows, of numbers and of the vectors of indices.</summary>
internal sealed class MaskedMean : BayesianModule<(Tensor Numbers, Tensor Indices, Tensor Mask)>
{
    private readonly BayesianLinear numbers;
    private readonly BayesianEmbedding indices;
    private readonly BayesianLinear head;

    public MaskedMean(ScalarType dtype) : base(nameof(MaskedMean))
    {
        numbers = new BayesianLinear(2, 4, dtype: dtype);
        indices = new BayesianEmbedding(4, 4, dtype: dtype);
        head = new BayesianLinear(4, 1, dtype: dtype);
        RegisterComponents();
    }

    public static NetworkInput Input(long rows) =>
        (randn([rows, 3, 2], float64), arange(rows * 3, int64).remainder(4).view(rows, 3), ones(rows, 3, dtype: ScalarType.Bool));

    public override Tensor Propagate((Tensor Numbers, Tensor Indices, Tensor Mask) input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var value = numbers.Propagate(input.Numbers, pass).tanh() + indices.Propagate(input.Indices, pass);
        var shown = input.Mask.unsqueeze(-1).to(value.dtype);
        return head.Propagate((value * shown).sum([2L]) / shown.sum([2L]), pass).MoveToOuterDisposeScope();
    }
}

/// <summary>A plain network with two inputs.</summary>
internal sealed class PlainTowers : Module<Tensor, Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> user = Sequential(Linear(3, 8), Tanh());
    private readonly Module<Tensor, Tensor> item = Embedding(4, 8);
    private readonly Module<Tensor, Tensor> head = Linear(8, 1);

    public PlainTowers() : base(nameof(PlainTowers)) => RegisterComponents();

    /// <summary>How many rows it has seen.</summary>
    public long Rows { get; set; }

    public override Tensor forward(Tensor users, Tensor items)
    {
        Rows += users.shape[0];
        using var scope = NewDisposeScope();
        return head.call(user.call(users) * item.call(items)).MoveToOuterDisposeScope();
    }
}
