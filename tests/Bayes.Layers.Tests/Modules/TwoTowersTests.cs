using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>A custom Bayesian module with two inputs, from docs/writing-your-own-module.md.</summary>
public sealed class TwoTowers : BayesianModule<(Tensor User, Tensor Item)>
{
    private readonly BayesianSequential user;
    private readonly BayesianEmbedding item;
    private readonly BayesianLinear head;

    public TwoTowers(long features, long items, ScalarType? dtype = null) : base(nameof(TwoTowers))
    {
        user = new BayesianSequential(new BayesianLinear(features, 8, dtype: dtype), nn.Tanh());
        item = new BayesianEmbedding(items, 8, dtype: dtype);
        head = new BayesianLinear(8, 1, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor Propagate((Tensor User, Tensor Item) input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var users = user.Propagate(input.User, pass);    // numbers: [1|S, B, features] → [S, B, 8]
        var items = item.Propagate(input.Item, pass);    // indices: [1|S, B] → [S, B, 8]
        return head.Propagate(users * items, pass).MoveToOuterDisposeScope();
    }
}

public sealed class TwoTowersTests : ModuleLaws
{
    private static readonly VariationalTrainerOptions Usual = new() { Epochs = 3, BatchSize = 7, LearningRate = 0.05, ShuffleSeed = 3 };

    protected override BayesianModule Create(ScalarType dtype = ScalarType.Float64) => new TwoTowers(3, 4, dtype);

    protected override Tensor Input(long batch) => throw new NotSupportedException("It takes two inputs.");

    protected override NetworkInput Inputs(long batch) => (Normal(batch, 3), arange(batch, int64).remainder(4));

    protected override Tensor Forward(BayesianModule module, NetworkInput input) =>
        module is TwoTowers towers ? towers.forward((input[0], input[1])) : base.Forward(module, input);

    protected override Tensor As(Tensor input, ScalarType dtype) => input.is_floating_point() ? input.to(dtype) : input;

    protected override IEnumerable<string> Keys =>
    [
        "user.0.weight_mu", "user.0.weight_log_var", "user.0.bias_mu", "user.0.bias_log_var",
        "item.weight_mu", "item.weight_log_var",
        "head.weight_mu", "head.weight_log_var", "head.bias_mu", "head.bias_log_var",
    ];

    [Fact]
    public void Each_draw_is_that_of_its_parts()
    {
        using var towers = new TwoTowers(3, 4, float64);
        Tensor users = Normal(5, 3), items = arange(5, int64).remainder(4);
        using PosteriorDraws draws = new(seed: 2, count: 3), same = new(seed: 2, count: 3);
        var output = towers.Sample((users, items), draws);
        output.shape.Should().Equal(3, 5, 1);
        var layers = towers.modules().OfType<BayesianLayer>().ToDictionary(layer => layer.GetName() + layer.WeightPosterior.Shape[0]);
        same.Bind(towers);
        Tensor first = Weight("BayesianLinear8"), table = Weight("BayesianEmbedding4"), last = Weight("BayesianLinear1");
        for (int draw = 0; draw < 3; draw++)
        {
            var inner = nn.functional.linear(users, first[draw], Bias("BayesianLinear8")[draw]).tanh();
            ShouldBeClose(
                output[draw], nn.functional.linear(inner * table[draw][items], last[draw], Bias("BayesianLinear1")[draw]), 1e-12);
        }

        Tensor Weight(string name) => same.Weights(layers[name].WeightPosterior);
        Tensor Bias(string name) => same.Weights(layers[name].BiasPosterior!);
    }

    [Fact]
    public void Its_divergence_counts_each_layer_once()
    {
        using var towers = Create();
        var layers = towers.modules().OfType<BayesianLayer>().ToArray();
        layers.Should().HaveCount(3);
        ShouldBeClose(towers.KlDivergence(), layers.Select(layer => layer.KlDivergence()).Aggregate((sum, next) => sum + next), 1e-13);
        using PosteriorDraws draws = new(seed: 1, count: 2);
        ShouldBeClose(towers.SampleWithKl(Inputs(4), draws).KlDivergence, towers.KlDivergence(), 1e-13);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_ends_where_a_loop_by_hand_does(bool isLocal)
    {
        using TwoTowers plain = new(3, 4, float64), fast = new(3, 4, float64);
        fast.load_state_dict(plain.state_dict());
        var (input, target) = Data(20);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 20);
        using TorchNoise noise = new(31), same = new(31);
        using var optimizer = optim.SGD(plain.parameters(), 0.02);
        using var step = new VariationalStep(fast, loss, parameters => optim.SGD(parameters, 0.02), With(same));
        for (int i = 0; i < 5; i++)
        {
            optimizer.zero_grad();
            loss.forward(plain.Sample(input, With(noise)), target, plain.KlDivergence()).backward();
            optimizer.step();
            step.Run(input, target).Dispose();
        }
        step.IsFast.Should().BeTrue();
        foreach (var (key, value) in plain.state_dict())
            ShouldBeClose(fast.state_dict()[key], value, 1e-12, key);

        Estimator With(NoiseSource source) => isLocal ? new LocalReparameterization(2, source) : new Reparameterization(2, source);
    }

    /// <summary>Tensors, batches and loaders give the same training.</summary>
    [Fact]
    public void Every_source_of_batches_trains_alike()
    {
        var (input, target) = Data(21);
        var unshuffled = Usual with { Epochs = 2 };
        string expected = Trained(trainer => trainer.Fit(() => Batches(input, target), 3), unshuffled);
        Trained(trainer => trainer.Fit(() => Batches(input, target).Select(each => (each.Input.Clone(), each.Target.clone())), 3), unshuffled)
            .Should().Be(expected);
        using (var lists = utils.data.DataLoader(utils.data.TensorDataset(input[0], input[1], target), 7))
            Trained(trainer => trainer.Fit(lists, inputs: 2), unshuffled).Should().Be(expected);
        using (var names = utils.data.DataLoader(new Named(input, target), 7))
            Trained(trainer => trainer.Fit(names, ["user", "item"], "rating"), unshuffled).Should().Be(expected);
    }

    [Fact]
    public void Rows_of_all_inputs_are_shuffled_together()
    {
        var rows = arange(10, int64);
        var shuffled = new ShuffledRows((rows.to(float32).view(10, 1), rows), rows * 2, batchSize: 3, seed: 4, needsSeveralRows: false);
        var batches = shuffled.NextEpoch().Select(batch =>
            (Numbers: Values(batch.Input[0]), Indices: Values(batch.Input[1]), Targets: Values(batch.Target))).ToArray();
        batches.Select(batch => batch.Indices.Length).Should().Equal(3, 3, 3, 1);
        foreach (var (numbers, indices, targets) in batches)
        {
            numbers.Should().Equal(indices);
            targets.Should().Equal(indices.Select(index => 2 * index));
        }
        batches.SelectMany(batch => batch.Indices).Should().BeEquivalentTo(Enumerable.Range(0, 10).Select(row => (double)row))
            .And.NotBeInAscendingOrder();
    }

    [Fact]
    public void Training_and_validation_take_both_inputs_and_leave_no_tensor()
    {
        var (input, target) = Data(21);
        using var towers = new TwoTowers(3, 4, float64);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 21);
        long before = LiveTensors();
        var history = new VariationalTrainer(towers, loss, Usual with { Epochs = 30, ValidationSamples = 4 })
            .Fit((input[0], input[1]), target, ((input[0], input[1]), target));
        foreach (var parameter in towers.parameters())
            parameter.grad = null;
        LiveTensors().Should().Be(before);
        using var predictor = new MonteCarloPredictive(towers, loss.Likelihood, 4, seed: Usual.ValidationSeed);
        using var prediction = predictor.Predict((input[0], input[1]), target);
        history.Best!.ValidationLogDensity.Should().BeApproximately(
            prediction.LogPredictiveDensity!.mean().ToDouble(), 1e-12, "the best epoch was put back");
    }

    /// <summary>Every kind of validation data gives the log density of the rows.</summary>
    [Fact]
    public void Every_kind_of_validation_data_counts_the_same_rows()
    {
        var (input, target) = Data(21);
        using var lists = utils.data.DataLoader(utils.data.TensorDataset(input[0], input[1], target), 8);
        using var names = utils.data.DataLoader(new Named(input, target), 8);
        ValidationData?[] all =
        [
            ((input[0], input[1]), target), (input, target), ValidationData.Of(input, target), ValidationData.Of(lists, inputs: 2),
            ValidationData.Of(names, ["user", "item"], "rating"), ValidationData.Of(() => Batches(input, target)),
        ];
        double[] densities = [.. all.Select(data =>
        {
            random.manual_seed(5);
            using var towers = new TwoTowers(3, 4, float64);
            using var loss = new ElboLoss(new GaussianLikelihood(0.5), 21);
            return new VariationalTrainer(towers, loss, Usual).Fit(input, target, data).Epochs[^1].ValidationLogDensity!.Value;
        })];
        densities.Should().OnlyContain(density => Math.Abs(density - densities[0]) < 1e-12);
    }

    [Fact]
    public void A_row_that_is_not_finite_is_named_with_its_input()
    {
        var (input, target) = Data(6);
        using (no_grad())
            input[0][2, 1] = tensor(double.NaN);
        using var towers = new TwoTowers(3, 4, float64);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 6);
        var trainer = new VariationalTrainer(towers, loss, Usual);
        trainer.Invoking(each => each.Fit(input, target)).Should().Throw<ArgumentException>()
            .WithMessage("*row 2 of the first input is not finite; expected finite numbers*");
        trainer.Invoking(each => each.Fit(() => Batches(input, target), 1)).Should().Throw<InvalidOperationException>()
            .WithMessage("Batch 1 of epoch 1 cannot be trained on: row 2 of the first input is not finite.");
        FluentActions.Invoking(() => ValidationData.Of(input, target)).Should().Throw<ArgumentException>()
            .WithMessage("*row 2 of the first input is not finite*");
    }

    [Fact]
    public void A_loader_with_another_number_of_tensors_is_refused()
    {
        var (input, target) = Data(6);
        using var towers = new TwoTowers(3, 4, float64);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 6);
        var trainer = new VariationalTrainer(towers, loss, Usual);
        using var loader = utils.data.DataLoader(utils.data.TensorDataset(input[0], target), 7);
        trainer.Invoking(each => each.Fit(loader, inputs: 2)).Should().Throw<InvalidOperationException>()
            .WithMessage("The loader gave 2 tensors a batch; expected 3, the 2 inputs and the target.");
        trainer.Invoking(each => each.Fit(loader, inputs: 5)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("inputs is 5; expected a whole number from 1 to 4.*");
        trainer.Invoking(each => each.Fit(loader)).Should().Throw<ArgumentException>().WithMessage("A TwoTowers takes 2 inputs; got 1.*");
    }

    [Fact]
    public void Parts_of_a_large_batch_join()
    {
        var (input, target) = Data(12);
        using TwoTowers parts = new(3, 4, float64), whole = new(3, 4, float64);
        whole.load_state_dict(parts.state_dict());
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 12);
        using VariationalStep step = new(parts, loss, all => optim.SGD(all, 0.1), new Reparameterization(1, new Zeros())),
            single = new(whole, loss, all => optim.SGD(all, 0.1), new Reparameterization(1, new Zeros()));
        step.ComputeGradients([(input.Narrow(0, 5), target.narrow(0, 0, 5)), (input.Narrow(5, 7), target.narrow(0, 5, 7))]).Dispose();
        step.ApplyGradients();
        single.Run(input, target).Dispose();
        foreach (var (key, value) in whole.state_dict())
            ShouldBeClose(parts.state_dict()[key], value, 1e-12, key);
    }

    /// <summary>The number of native threads of a pass depends on it; a mask meets no weights.</summary>
    [Fact]
    public void Its_work_is_that_of_all_inputs_but_masks()
    {
        using var towers = new TwoTowers(3, 4, float64);
        var work = new StepWork(towers, samples: 2);
        Tensor users = Normal(5, 3), items = arange(5, int64);
        long expected = work.Products(users) + work.Products(items);
        expected.Should().BePositive();
        work.Products((users, items)).Should().Be(expected);
        work.Products((users, items, ones(5, 100, dtype: ScalarType.Bool))).Should().Be(expected);
        work.Products((users, items, zeros(5, 0))).Should().Be(expected);
    }

    [Fact]
    public void A_checkpoint_restores_it()
    {
        using TwoTowers saved = new(3, 4, float64), other = new(3, 4, float64);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        Checkpoint.Load(other, stream);
        var input = Inputs(5);
        ShouldBeClose(Sample(other), Sample(saved), 0);
        stream.Position = 0;
        using var loaded = Checkpoint.LoadModel(stream, make: _ => new TwoTowers(3, 4, float64));
        ShouldBeClose(Sample(loaded.Model), Sample(saved), 0);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream)).Should().Throw<CheckpointException>().WithMessage("*TwoTowers*'make'*");

        Tensor Sample(BayesianModule model)
        {
            using PosteriorDraws draws = new(seed: 1, count: 2);
            return model.Sample(input, draws);
        }
    }

    [Fact]
    public void Its_conversion_to_a_plain_network_is_refused() =>
        new TwoTowers(3, 4).Invoking(each => each.ToDeterministic()).Should().Throw<ArgumentException>()
            .WithMessage("*TwoTowers, for which there is no conversion*");

    /// <summary>The towers of the guide, with its settings.</summary>
    [Fact]
    public void It_learns()
    {
        Tensor users = randn(1_000, 3), items = randint(10, [1_000], int64), tastes = randn(10, 3);
        var ratings = (users * tastes[items]).sum(1, keepdim: true);
        using var towers = new TwoTowers(features: 3, items: 10);
        using var loss = ElboLoss.Gaussian(datasetSize: 1_000);
        new VariationalTrainer(towers, loss, new() { Epochs = 60 }).Fit((users, items), ratings);
        using var prediction = new MonteCarloPredictive(towers, loss.Likelihood, samples: 30).Predict((users, items));
        RootMeanSquaredError.Of(prediction.Mean, ratings).Should().BeLessThan(0.5 * ratings.std().item<float>());
    }

    private static (NetworkInput Input, Tensor Target) Data(long rows)
    {
        Tensor users = Normal(rows, 3), items = arange(rows, int64).remainder(4);
        return ((users, items), users.narrow(1, 0, 1) * (items.view(-1, 1) - 1.5));
    }

    private static IEnumerable<(NetworkInput Input, Tensor Target)> Batches(NetworkInput input, Tensor target)
    {
        for (long row = 0; row < input.Rows; row += 7)
        {
            long rows = Math.Min(7, input.Rows - row);
            yield return (input.Narrow(row, rows), target.narrow(0, row, rows));
        }
    }

    private static string Trained(Action<VariationalTrainer> train, VariationalTrainerOptions options)
    {
        random.manual_seed(4);
        using var towers = new TwoTowers(3, 4, float64);
        using var loss = new ElboLoss(new GaussianLikelihood(0.5), 21);
        train(new VariationalTrainer(towers, loss, options));
        return Reliability.Bits.Of(towers);
    }

    /// <summary>The draws do not matter: all are the mean.</summary>
    private sealed class Zeros : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) =>
            zeros(shape.ToArray(), dtype, device);
    }

    private sealed class Named(NetworkInput input, Tensor target) : utils.data.Dataset
    {
        public override long Count => input.Rows;

        public override Dictionary<string, Tensor> GetTensor(long index) =>
            new() { ["user"] = input[0][index], ["item"] = input[1][index], ["rating"] = target[index] };
    }
}
