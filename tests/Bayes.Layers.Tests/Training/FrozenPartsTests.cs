using Bayes.Layers.Conversion;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>Frozen parts compute the same features before and after training.</summary>
public sealed class FrozenPartsTests : TorchTest
{
    private const int Rows = 24;

    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, long[] Shape)> Backbones = new()
    {
        ["BatchNorm1d"] = (() => nn.Sequential(nn.Linear(4, 4), BatchNorm1d(4), nn.Dropout(0.5), Tanh()), [4]),
        ["BatchNorm2d"] = (() => nn.Sequential(nn.Conv2d(1, 3, 2), BatchNorm2d(3), nn.Dropout2d(0.5), Flatten()), [1, 2, 2]),
        ["BatchNorm3d"] = (() => nn.Sequential(nn.Conv3d(1, 3, (1, 2, 2)), BatchNorm3d(3), Flatten()), [1, 1, 2, 2]),
        ["InstanceNorm1d"] =
            (() => nn.Sequential(nn.Conv1d(1, 3, 2), InstanceNorm1d(3, track_running_stats: true, affine: true), Flatten()), [1, 4]),
        ["a nested one"] = (() => nn.Sequential(nn.Sequential(nn.Linear(4, 4)), nn.Sequential(BatchNorm1d(4), nn.Sequential(nn.Dropout(0.5)))), [4]),
    };

    public static TheoryData<string, bool> Trainings =>
        new(from backbone in Backbones.Keys from isTraining in new[] { false, true } select (backbone, isTraining));

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_frozen_backbone_gives_the_same_features_after_training(string kind, bool isTraining)
    {
        var (make, shape) = Backbones[kind];
        var backbone = make();
        foreach (var parameter in backbone.parameters())
            parameter.requires_grad = false;
        Tensor input = randn([Rows, .. shape]), target = randint(0, 2, [Rows, 1], float32);
        backbone.eval();
        using var before = backbone.call(input);
        string state = Bits.Of(backbone);
        var mode = new List<bool>();
        using var model = new BayesianSequential(("backbone", backbone), ("head", new BayesianLinear(before.shape[1], 1)));
        model.train(isTraining);
        using var loss = ElboLoss.Bernoulli(Rows);
        string start = Bits.Of(model);
        new VariationalTrainer(model, loss, new() { Epochs = 2, BatchSize = 8, ValidationSamples = 2 })
            .Fit(input, target, (input, target),
                new Told<TrainingProgress>(_ => mode.AddRange([model.training, .. backbone.modules().Select(module => module.training)])));
        Bits.Of(backbone).Should().Be(state);
        Bits.Of(model).Should().NotBe(start, "the head learned");
        mode.Chunk(mode.Count / 2).Should().OnlyContain(epoch => epoch[0] && epoch.Skip(1).All(each => !each));
        model.modules().Should().OnlyContain(module => module.training == isTraining, "the mode is that from before");
        backbone.eval();
        using var after = backbone.call(input);
        ShouldBeClose(after, before, 0);
    }

    [Fact]
    public void A_converted_network_with_LastLayerOnly_keeps_its_features()
    {
        using var plain = nn.Sequential(nn.Linear(4, 5), BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 1));
        foreach (var parameter in plain.children().SkipLast(1).SelectMany(child => child.parameters()))
            parameter.requires_grad = false;
        using var model = plain.ToBayesian(new BayesianConversion { LastLayerOnly = true });
        using var loss = ElboLoss.Bernoulli(Rows);
        Tensor input = randn(Rows, 4), target = randint(0, 2, [Rows, 1], float32);
        var norm = model.modules().OfType<TorchSharp.Modules.BatchNorm1d>().Single();
        string state = Bits.Of(norm);
        new VariationalTrainer(model, loss, new() { Epochs = 2, BatchSize = 8 }).Fit(input, target);
        Bits.Of(norm).Should().Be(state);
    }

    [Fact]
    public void Modules_without_parameters_or_with_trained_ones_stay_in_training_mode()
    {
        var norm = BatchNorm1d(4);
        norm.weight!.requires_grad = false;
        using var model = new BayesianSequential(norm, nn.Dropout(0.5), BatchNorm1d(4, affine: false), new BayesianLinear(4, 1));
        using var loss = ElboLoss.Bernoulli(Rows);
        new VariationalTrainer(model, loss, new() { Epochs = 1 }).Fit(
            randn(Rows, 4), randint(0, 2, [Rows, 1], float32),
                progress: new Told<TrainingProgress>(_ => model.modules().Should().OnlyContain(module => module.training)));
    }
}
