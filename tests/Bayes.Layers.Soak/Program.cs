using Bayes.Layers.Soak;

return SoakProgram.Run(args, Console.Out, Console.Error);
