using Bayes.Layers.Likelihoods;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Samples.Digits;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Compare.Problems;

/// <summary>Handwritten digits, with the test part turned by 90° as the unseen.</summary>
internal sealed class DigitsProblem : ComparisonProblem
{
    private const double TestShare = 1.0 / 3;
    private const double Angle = 90;
    private const int FirstChannels = 16;
    private const int SecondChannels = 32;

    private DigitsProblem(double priorStddev) : base(priorStddev)
    {
    }

    public override string Name => "digits";

    public override string Title => "handwritten digits";

    public override string Description =>
        $"Images of 8 × 8 pixels: two thirds of each digit train, one third tests. The unseen are the test images turned by {Angle:0}°.";

    public override string NetworkDescription =>
        $"two convolutions of {FirstChannels} and {SecondChannels} channels with ReLU and maximum pooling, and a linear layer";

    public override Likelihood Likelihood { get; } = new CategoricalLikelihood();

    public override ComparisonSettings Settings { get; } = new()
    {
        Epochs = 60, BatchSize = 64, LearningRate = 0.01, VariationalEpochs = 100, SwagLearningRate = 0.02, SghmcLearningRate = 0.05,
        SghmcEpochs = 40, Chains = 2, ChainDraws = 50,
    };

    public override IReadOnlyDictionary<string, string> LeftOut { get; } = new Dictionary<string, string>
    {
        [ComparisonMethods.Judge] =
            "HMC is left out unless --methods names it: a step takes all images through the convolutions, and the chains would take most of an hour.",
    };

    public override string Attribution => DigitsAttribution.Text;

    /// <summary>Reads the data.</summary>
    public static DigitsProblem Create(CompareOptions options)
    {
        using var scope = NewDisposeScope();
        var data = DigitsData.Read();
        var split = StratifiedSplit.Of(data.Digits, TestShare, options.SplitSeed);
        using DigitImages train = new(data, split.Train, CPU), test = new(data, split.Test, CPU);
        return new DigitsProblem(options.PriorStddev)
        {
            TrainInput = train.Input.alias(),
            TrainTarget = train.Target.alias(),
            TestInput = test.Input.alias(),
            TestTarget = test.Target.alias(),
            UnseenInput = ImageRotation.Turn(test.Input, Angle),
        };
    }

    protected override Module<Tensor, Tensor> MakeNetwork(double dropout)
    {
        var modules = new List<Module<Tensor, Tensor>>
        {
            Conv2d(1, FirstChannels, kernel_size: 3, padding: 1), ReLU(), MaxPool2d(2),
            Conv2d(FirstChannels, SecondChannels, kernel_size: 3, padding: 1), ReLU(), MaxPool2d(DigitsData.Side / 2), Flatten(),
        };
        if (dropout > 0)
            modules.Add(Dropout(dropout));
        modules.Add(Linear(SecondChannels, DigitsData.Classes));
        return Sequential(modules);
    }
}
