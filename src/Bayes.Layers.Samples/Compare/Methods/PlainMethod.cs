namespace Bayes.Layers.Samples.Compare.Methods;

/// <summary>The plain network at the mode of the posterior.</summary>
internal sealed class PlainMethod() : ComparisonMethod("plain", "plain", "The network at the mode of the posterior density: a single function.")
{
    public override TrainedMethod Train(ComparisonContext context)
    {
        double seconds = context.Plain.Seconds;
        var network = context.CopyOfPlain();
        return context.Trained(Name, FunctionDistribution.Of(network), seconds, network);
    }
}
