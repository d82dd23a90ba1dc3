namespace Bayes.Layers.Tests.Reliability;

/// <summary>A user's module that returns its input until it throws.</summary>
internal sealed class FailingModule() : nn.Module<Tensor, Tensor>(nameof(FailingModule))
{
    /// <summary>The number of calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>The call that throws, counted from 1; if 0, no call throws.</summary>
    public int FailsAt { get; set; }

    public Func<Exception> Fault { get; set; } = () => new InvalidOperationException("thrown on purpose");

    public override Tensor forward(Tensor input)
    {
        if (++Calls == FailsAt)
            throw Fault();
        return input.alias();
    }
}
