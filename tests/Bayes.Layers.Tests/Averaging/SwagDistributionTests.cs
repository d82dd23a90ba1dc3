using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Averaging;

/// <summary>A model of a network's weights along its training is a distribution over functions.</summary>
public sealed class SwagDistributionTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create() => FunctionDistribution.Of(Models.Made());
}
