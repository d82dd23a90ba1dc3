using Bayes.Layers.Samples;

namespace Bayes.Layers.Tests.Samples;

public sealed class InterruptTests
{
    [Fact]
    public void Only_the_first_press_while_listening_requests_cancellation()
    {
        using var interrupt = new Interrupt();
        interrupt.Press().Should().BeFalse("nothing listens");
        interrupt.Token.IsCancellationRequested.Should().BeFalse();
        using (interrupt.Listen())
        {
            interrupt.Press().Should().BeTrue();
            interrupt.Token.IsCancellationRequested.Should().BeTrue();
            interrupt.Press().Should().BeFalse("the second one ends the process");
        }
        interrupt.Press().Should().BeFalse();
    }
}
