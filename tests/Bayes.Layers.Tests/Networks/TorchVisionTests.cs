using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>Networks of TorchVision become Bayesian, learn, predict, are saved and loaded, and become plain again.</summary>
/// <remarks>In double precision, for which torch's convolutions of few channels are exact (decision 33).</remarks>
public sealed class TorchVisionTests : TorchTest
{
    private const int Classes = 3, Rows = 2;

    private static readonly Dictionary<string, (Func<Module<Tensor, Tensor>> Make, int Size, string LastLayer)> Networks = new()
    {
        ["resnet18"] = (() => torchvision.models.resnet18(Classes), 32, "fc"),
        ["mobilenet_v2"] = (() => torchvision.models.mobilenet_v2(Classes), 32, "classifier.1"),
        ["inception_v3"] = (() => torchvision.models.inception_v3(Classes, transform_input: false), 80, "fc"),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_whole_network_learns_predicts_and_is_saved(string name)
    {
        using var model = (WeightSpaceModule)Make(name).ToBayesian();
        var (images, classes) = Data(Networks[name].Size);
        model.RandomParameters.Count.Should().BeGreaterThan(20);
        var before = model.named_parameters().ToDictionary(each => each.name, each => each.parameter.clone());
        using var loss = ElboLoss.Categorical(Rows);
        using (var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 1e-3), new Reparameterization()))
            for (int i = 0; i < 2; i++)
            {
                using var terms = step.Run(images, classes);
                ShouldBeFinite(terms.Total);
            }
        foreach (var (key, value) in model.named_parameters())
        {
            value.isfinite().all().ToBoolean().Should().BeTrue(key);
            // Inception's auxiliary output is not part of its forward; its weights learn from their prior alone.
            if (!key.Contains("norm", StringComparison.OrdinalIgnoreCase) && key.StartsWith("posterior.", StringComparison.Ordinal))
                ShouldDiffer(value, before[key], key);
        }
        double[] expected = Predict(model, images, samples: 3);
        for (int row = 0; row < Rows; row++)
            expected[(row * Classes)..((row + 1) * Classes)].Sum().Should().BeApproximately(1, 1e-9);

        using var file = new MemoryStream();
        Checkpoint.Save(model, file, loss);
        file.Position = 0;
        random.manual_seed(99);
        using var other = Make(name).ToBayesian();
        Predict(other, images, samples: 3).Should().NotEqual(expected);
        Checkpoint.Load(other, file, loss);
        Predict(other, images, samples: 3).Should().Equal(expected);

        var plain = model.ToDeterministic();
        plain.Should().BeSameAs(model.Network);
        plain.eval();
        model.eval();
        using var noGrad = no_grad();
        ShouldBeClose(model.Sample(images, PosteriorMean.Instance).squeeze(0), plain.call(images), 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_last_layer_alone_learns_behind_a_frozen_network(string name)
    {
        var (images, classes) = Data(Networks[name].Size);
        using var model = LastLayerOf(Make(name), images);
        model.LastLayerPath.Should().Be(Networks[name].LastLayer);
        Learn(model, images, classes);
        double[] expected = Predict(model, images, samples: 100);
        using var file = new MemoryStream();
        Checkpoint.Save(model, file);
        file.Position = 0;
        using var other = LastLayerOf(Make(name), images);
        Checkpoint.Load(other, file);
        Predict(other, images, samples: 100).Should().Equal(expected);
    }

    /// <summary>The classifier of VGG has 120 million weights, which stay plain and frozen.</summary>
    [Fact]
    public void The_features_or_the_last_layer_of_vgg11_learn()
    {
        var (images, classes) = Data(32);
        var network = torchvision.models.vgg11(Classes);
        images = images.to(float32);
        SetLearning(isLearning: false);
        using var model = (WeightSpaceModule)network.ToBayesian(new BayesianConversion { Paths = ["features.*"] });
        model.RandomParameters.Should().HaveCount(16).And.OnlyContain(path => path.StartsWith("features."));
        Predict(model, images, samples: 2).Sum().Should().BeApproximately(Rows, 1e-5);
        SetLearning(isLearning: true);
        using var last = LastLayerOf(network, images);
        last.LastLayerPath.Should().Be("classifier.6");
        Learn(last, images, classes);
        Predict(last, images, samples: 100).Sum().Should().BeApproximately(Rows, 1e-5);

        void SetLearning(bool isLearning)
        {
            foreach (var (name, parameter) in network.named_parameters())
                if (name.StartsWith("classifier", StringComparison.Ordinal))
                    parameter.requires_grad = isLearning;
        }
    }

    private static Module<Tensor, Tensor> Make(string name) => (Module<Tensor, Tensor>)Networks[name].Make().to(float64);

    private static (Tensor Images, Tensor Classes) Data(int size) => (Normal(Rows, 3, size, size), tensor(new long[] { 0, 2 }));

    private static WeightSpaceModule LastLayerOf(Module<Tensor, Tensor> network, Tensor images)
    {
        var last = (WeightSpaceModule)network.ToBayesian(new BayesianConversion { LastLayerOnly = true, Example = images });
        foreach (var (name, parameter) in network.named_parameters())
            parameter.requires_grad = last.RandomParameters.Contains(name);
        last.eval();
        return last;
    }

    private static void Learn(WeightSpaceModule model, Tensor images, Tensor classes)
    {
        using var loss = ElboLoss.Categorical(Rows);
        var weight = model.named_parameters().Single(each => each.name == $"network.{model.RandomParameters[0]}").parameter;
        var before = weight.clone();
        var other = model.Network.named_parameters().First(each => !model.RandomParameters.Contains(each.name)).parameter;
        var frozen = other.clone();
        using var step = new VariationalStep(
            model, loss, _ => optim.SGD(model.parameters().Where(parameter => parameter.requires_grad), 0.01), new LocalReparameterization(2));
        for (int i = 0; i < 5; i++)
        {
            using var terms = step.Run(images, classes);
            ShouldBeFinite(terms.Total);
        }
        ShouldDiffer(weight, before);
        ShouldBeClose(other, frozen, 0);
    }

    private static double[] Predict(BayesianModule model, Tensor images, int samples)
    {
        using var prediction = new MonteCarloPredictive(model, new CategoricalLikelihood(), samples, seed: 5).Predict(images);
        return Values(prediction.Mean);
    }
}
